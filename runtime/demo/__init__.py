"""Data to try rules on: a made-up shop of any size, and the real purchase log of CDNOW."""

from segue.runtime.demo.cdnow import create_cdnow
from segue.runtime.demo.shop import create_shop

__all__ = ["create_cdnow", "create_shop"]
