"""Our client of WeChat's HTTP API; how it behaves is in docs/wechat.md."""
