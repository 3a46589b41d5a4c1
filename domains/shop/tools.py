"""Tools: everything that the shop's assistant can call, by name."""

from domains.shop import after_sales, lookups, order_changes
from turnwright.tool import Tool, toolbox

TOOLS: dict[str, Tool] = toolbox(
    lookups.find_user_by_email,
    lookups.find_user_by_name_zip,
    lookups.get_user,
    lookups.list_orders,
    lookups.get_order,
    lookups.track_shipment,
    lookups.search_products,
    lookups.list_variants,
    lookups.get_variant,
    lookups.list_payment_methods,
    lookups.get_gift_card,
    order_changes.cancel_order,
    order_changes.change_order_address,
    order_changes.change_order_items,
    order_changes.change_order_payment,
    order_changes.exchange_items,
    order_changes.place_order,
    after_sales.return_items,
    after_sales.report_damage,
    after_sales.update_user_address,
    after_sales.update_user_email,
    after_sales.merge_gift_cards,
    after_sales.transfer_to_human,
)
