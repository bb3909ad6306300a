"""Passwords that are long enough and still among the first that anybody tries."""

from __future__ import annotations

from typing import Final

_LIST: Final = """
0123456789 0987654321 1029384756 1111111111 1122334455 1234512345 123456789a 1234567890 12345678900 12345678910
123456789q 1234567891 12345qwert 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 9876543210 a123456789 a1b2c3d4e5
abcd123456 abcdefghij administrator asdfghjkl1 asdfghjklqwe basketball businessbabe changeme123 changemenow
chocolate1 computer123 football123 helloworld iloveyou12 iloveyou123 iloveyou1234 letmein123 letmein1234
liverpool1 manchester michelle123 monkey12345 mypassword passw0rd12 passw0rd123 password00 password01 password10
password11 password12 password123 password1234 password12345 password123456 princess12 princess123 q1w2e3r4t5
q1w2e3r4t5y6 qazwsxedcrfv qwer123456 qwerasdfzxcv qwerty1234 qwerty12345 qwerty123456 qwertyuiop qwertyuiop1
spiderman1 starwars123 sunshine12 sunshine123 superman123 trustno1trustno1 unbelievable welcome123 welcome1234
zaq12wsxcde3 zxcvbnm123 zxcvbnm1234 zxcvbnmasdf
"""

COMMON_PASSWORDS: Final = frozenset(_LIST.split())
"""In lower case, of ten characters and more: shorter ones are refused anyway."""
