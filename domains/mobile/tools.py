"""Tools: everything that the network's assistant can call, by name."""

from domains.mobile import changes, lookups
from turnwright.tool import Tool, toolbox

TOOLS: dict[str, Tool] = toolbox(
    lookups.find_user_by_phone_number,
    lookups.find_user_by_name_birth_date,
    lookups.get_user,
    lookups.list_lines,
    lookups.get_line,
    lookups.list_plans,
    lookups.list_data_packages,
    lookups.list_bills,
    lookups.get_bill,
    lookups.list_payment_methods,
    lookups.check_network,
    changes.change_plan,
    changes.pay_bill,
    changes.add_data,
    changes.suspend_line,
    changes.resume_line,
    changes.set_roaming,
    changes.give_transfer_pin,
    changes.replace_sim,
    changes.update_email,
    changes.transfer_to_human,
)
