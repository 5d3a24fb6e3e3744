"""Page data: pure functions from recorded values to frozen values that templates print without computing.

``live/`` and ``request/`` make the two pages, ``panel`` the one in the toolbar; what stands here belongs to several.
"""

from __future__ import annotations
