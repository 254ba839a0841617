"""The demo city: real places of Shanghai by public facts, and plainly marked examples beside them."""
