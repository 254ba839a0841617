"""WeChat's own error codes, and what the stand-in says with each."""

from enum import IntEnum


class Errcode(IntEnum):
    """The codes that the stand-in gives of its own accord (WeChat's general list of error codes)."""

    INVALID_CREDENTIAL = 40001
    INVALID_GRANT_TYPE = 40002
    INVALID_OPENID = 40003
    INVALID_APPID = 40013
    INVALID_CODE = 40029
    INVALID_TEMPLATE = 40037
    INVALID_URL = 40066
    INVALID_ARGUMENTS = 40097
    INVALID_SECRET = 40125
    INVALID_SCENE = 40129
    CODE_USED = 40163
    INVALID_SCENE_LENGTH = 40169
    TOKEN_MISSING = 41001
    APPID_MISSING = 41002
    SECRET_MISSING = 41004
    CODE_MISSING = 41008
    INVALID_PAGE = 41030
    TOKEN_EXPIRED = 42001
    GET_REQUIRED = 43001
    POST_REQUIRED = 43002
    USER_REFUSED = 43101
    QUOTA_REACHED = 45009
    TOO_OFTEN = 45011
    NOT_JSON = 47001
    INVALID_MESSAGE = 47003


MESSAGES = {
    -1: "system error",
    Errcode.INVALID_CREDENTIAL: "invalid credential, access_token is invalid or not latest",
    Errcode.INVALID_GRANT_TYPE: "invalid grant_type",
    Errcode.INVALID_OPENID: "invalid openid",
    Errcode.INVALID_APPID: "invalid appid",
    Errcode.INVALID_CODE: "invalid code",
    Errcode.INVALID_TEMPLATE: "invalid template_id",
    Errcode.INVALID_URL: "invalid url",
    Errcode.INVALID_ARGUMENTS: "invalid args",
    Errcode.INVALID_SECRET: "invalid appsecret",
    Errcode.INVALID_SCENE: "invalid scene",
    Errcode.CODE_USED: "code been used",
    Errcode.INVALID_SCENE_LENGTH: "invalid length for scene, or the data is not json string",
    Errcode.TOKEN_MISSING: "access_token missing",
    Errcode.APPID_MISSING: "appid missing",
    Errcode.SECRET_MISSING: "appsecret missing",
    Errcode.CODE_MISSING: "missing code",
    Errcode.INVALID_PAGE: "invalid page",
    Errcode.TOKEN_EXPIRED: "access_token expired",
    Errcode.GET_REQUIRED: "require GET method",
    Errcode.POST_REQUIRED: "require POST method",
    Errcode.USER_REFUSED: "user refuse to accept the msg",
    Errcode.QUOTA_REACHED: "reach max api daily quota limit",
    Errcode.TOO_OFTEN: "api minute-quota reach limit, must slower, retry next minute",
    Errcode.NOT_JSON: "data format error",
    Errcode.INVALID_MESSAGE: "argument invalid!",
    40226: "code blocked",
}


class Refused(Exception):
    """WeChat answers with this code instead of doing the thing; `hint` follows its message."""

    def __init__(self, errcode: int, hint: str = "") -> None:
        message = MESSAGES.get(errcode, "error")
        self.errcode = int(errcode)
        self.errmsg = f"{message} {hint}" if hint else message
        super().__init__(self.errmsg)
