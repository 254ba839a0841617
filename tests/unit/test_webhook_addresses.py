"""Where webhooks may not be sent: inside our network, however the address is written."""

import pytest

from services.webhooks.addresses import THIS_MACHINE, Reach, ensure_url, literal_address, read_networks
from services.webhooks.errors import WebhookUrlRefused

OUTSIDE = Reach()
DEMO = Reach(plain=THIS_MACHINE)
INSIDE = (
    *("127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.100.100.200", "100.64.0.1", "168.63.129.16", "192.0.0.192", "198.18.0.1"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.7"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1", "2001:db8::1"),
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "223.5.5.5", "172.32.0.1", "2400:3200::1", "2606:4700:4700::1111")
SPELLINGS = ("2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "0177.0.0.1", "0", "169.16689662")


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_refused(address: str) -> None:
    assert not OUTSIDE.permits("https", address)
    assert not OUTSIDE.permits("http", address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_reached_by_https_only(address: str) -> None:
    assert OUTSIDE.permits("https", address)
    assert not OUTSIDE.permits("http", address)
    assert not DEMO.permits("http", address)


def test_demo_mode_opens_this_machine_and_nothing_else() -> None:
    for address in ("127.0.0.1", "::1"):
        assert DEMO.permits("http", address)
        assert DEMO.permits("https", address)
    assert not [one for one in INSIDE if not one.startswith("127.") and one != "::1" and DEMO.permits("http", one)]


def test_a_private_network_is_opened_by_name_and_with_tls_only() -> None:
    office = Reach(networks=read_networks("10.1.0.0/16, fd12::/16"))
    assert office.permits("https", "10.1.2.3")
    assert office.permits("https", "fd12::1")
    assert not office.permits("http", "10.1.2.3")
    assert not office.permits("https", "10.2.0.1")
    with pytest.raises(ValueError, match="host bits"):
        read_networks("10.1.0.1/16")


@pytest.mark.parametrize("host", SPELLINGS)
def test_odd_spellings_of_numbers_are_seen_through(host: str) -> None:
    assert literal_address(host) is not None
    with pytest.raises(WebhookUrlRefused) as refused:
        ensure_url(f"https://{host}/hook", OUTSIDE)
    assert refused.value.errors[0].code == "address_not_allowed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://platform.example/", "https_needed"),
        ("ftp://platform.example/", "https_needed"),
        ("file:///etc/passwd", "invalid_format"),
        ("https://", "invalid_format"),
        ("https:///x", "invalid_format"),
        ("platform.example", "invalid_format"),
        ("https://platform.example:0/", "invalid_format"),
        ("https://platform.example:99999/", "invalid_format"),
        ("https://platform.example:x/", "invalid_format"),
        ("https://[::1/", "invalid_format"),
        ("https://platform.example\\@127.0.0.1/", "invalid_format"),
        ("https://user:password@platform.example/", "credentials_in_url"),
        ("https://@platform.example/", "credentials_in_url"),
        ("https://platform.example/#x", "invalid_format"),
        ("https://127.0.0.1/", "address_not_allowed"),
        ("https://[::1]/", "address_not_allowed"),
        ("https://[::ffff:169.254.169.254]/", "address_not_allowed"),
        ("HTTPS://10.0.0.1:8443/hook", "address_not_allowed"),
    ],
)
def test_urls_that_are_refused(url: str, code: str) -> None:
    with pytest.raises(WebhookUrlRefused) as refused:
        ensure_url(url, OUTSIDE)
    assert [(error.path, error.code) for error in refused.value.errors] == [("url", code)]


def test_urls_that_are_taken() -> None:
    for url in ("https://platform.example/hook?x=1", "https://8.8.8.8:8443/", "https://[2400:3200::1]/", "HTTPS://a.b"):
        ensure_url(url, OUTSIDE)
    for url in ("http://127.0.0.1:8099/", "http://[::1]:8099/", "http://localhost:8099/"):
        ensure_url(url, DEMO)
    with pytest.raises(WebhookUrlRefused):
        ensure_url("http://8.8.8.8/", DEMO)
