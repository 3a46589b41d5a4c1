"""Start: what a scenario may set before it begins: the phone in hand, and faults on the side of the network."""

from typing import Literal

from pydantic import Field

from turnwright.record import Record

Mode = Literal["auto", "5g_only", "4g_only", "3g_only"]
Suspension = Literal["overdue_bill", "lost_phone", "customer_request"]


class PhoneStart(Record):
    """The row "device/phone"."""

    phone_number: str | None = Field(default=None, description="the line of its SIM card; always set it")
    abroad: str | None = Field(default=None, description="country, where the user is not at home")
    airplane_mode: bool = Field(default=False, description="airplane mode is on")
    sim: Literal["ok", "loose", "locked"] = Field(default="ok", description="how the SIM card is")
    pin: str = Field(default="0000", description="PIN of the SIM card, which the user knows where it is locked")
    mobile_data: bool = Field(default=True, description="false: mobile data is off")
    data_roaming: bool = Field(default=True, description="false: no data abroad")
    data_saver: bool = Field(default=False, description="true: data is slow")
    vpn: bool = Field(default=False, description="true: data is slow")
    network_mode: Literal["auto", "5g_only", "4g_only", "3g_only"] = Field(
        default="auto", description="3g_only: no service"
    )
    apn: str = Field(default="internet", description="anything but internet: no data")
    messages_storage: bool = Field(default=True, description="false: no picture messages")
    registration: int = Field(default=1, description="0: no service until the phone is restarted")
    radio_broken: bool = Field(default=False, description="true: no service whatever is done")


class LineStart(Record):
    """A row of "lines"."""

    status: Literal["active", "suspended"] = Field(default="active", description="suspended: no service")
    suspension: Literal["overdue_bill", "lost_phone", "customer_request"] | None = Field(
        default=None, description="why"
    )
    roaming: bool = Field(default=True, description="false: no service abroad")
    data_used_gb: float = Field(default=0.0, ge=0, description="at or above what is allowed: data at a standstill")


class BillStart(Record):
    """A row of "bills"."""

    status: Literal["open", "overdue", "paid"] = Field(
        default="paid", description="overdue where its line is suspended"
    )


STARTS: dict[str, type[Record]] = {"device": PhoneStart, "lines": LineStart, "bills": BillStart}
HEALTHY = {"device_id": "phone", **PhoneStart().model_dump()}
"""The phone's row in the database: in nobody's hand, and nothing wrong with it."""
