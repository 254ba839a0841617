"""Answers that are files to keep."""

from urllib.parse import quote

from handlers.operation import ApiHandler


class FileHandler(ApiHandler):
    """A handler whose answers are files."""

    def send(self, content: bytes, media_type: str, name: str, chinese_name: str) -> None:
        """Answer with a file to keep (RFC 6266)."""
        self.set_header("Content-Type", media_type)
        self.set_header(
            "Content-Disposition", f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(chinese_name)}"
        )
        self.finish(content)
