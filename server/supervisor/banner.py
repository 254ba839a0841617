"""What the terminal shows once Chengma serves."""

from pathlib import Path

DEMO_ACCOUNTS = ("gate", "inspector", "inspector2", "inspector3", "manager", "district", "admin", "auditor")
DEMO_PASSWORD = "chengma-demo"  # noqa: S105 -- public, for demo mode only
_DEMO = f"""
  演示账号 Demo log-ins  {" · ".join(DEMO_ACCOUNTS)}
  密码     Password      {DEMO_PASSWORD}"""

_ANYBODY = """
  注意     Note          未配置微信小程序：任何人都能以 sandbox- 登录码冒充任意市民登录
                         No WeChat app is configured: anybody can log in as any citizen by a sandbox- code"""


def compose_banner(*, base_url: str, logs: Path, with_demo: bool, with_wechat: bool) -> str:
    """Return the lines that say, in Chinese and English, where to click and how to stop."""
    return f"""
  城码已就绪 · Chengma is ready

  打开     Open          {base_url}/
  接口文档 API           {base_url}/docs{_DEMO if with_demo else ""}
  日志     Logs          {logs}{"" if with_demo or with_wechat else _ANYBODY}
  停止     Stop          Ctrl-C
"""
