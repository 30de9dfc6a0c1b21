"""What was looked at, put into a cart and bought."""

from __future__ import annotations

from emulator.aep.registry.standard.notation import (
    EXPERIENCE_EVENT,
    array,
    choice,
    data_type,
    date_time,
    field_group,
    integer,
    measure,
    number,
    record,
    refer,
    string,
    suggested,
)

_COMMERCE = "https://ns.adobe.com/xdm/context/commerce"
_ORDER = "https://ns.adobe.com/xdm/data/order"
_PAYMENT = "https://ns.adobe.com/xdm/data/paymentitem"
_ITEM = "https://ns.adobe.com/xdm/content/productlistitem"
_CURRENCY = string(pattern="^[A-Z]{3}$")
_MEASURES = (
    "cartAbandons",
    "checkouts",
    "productListAdds",
    "productListOpens",
    "productListRemovals",
    "productListReopens",
    "productListViews",
    "productViews",
    "purchases",
    "saveForLaters",
    "inStorePurchase",
    "instantPurchase",
)

DATA_TYPES = (
    data_type(
        _PAYMENT,
        "Payment Item",
        transactionID=string(),
        paymentAmount=number(),
        paymentType=suggested("cash", "credit_card", "debit_card", "gift_card", "check", "paypal", "other"),
        currencyCode=_CURRENCY,
    ),
    data_type(
        _ORDER,
        "Order",
        purchaseID=string(),
        purchaseOrderNumber=string(),
        payments=array(refer(_PAYMENT)),
        currencyCode=_CURRENCY,
        taxAmount=number(),
        discountAmount=number(),
        priceTotal=number(),
        orderType=choice("checkout", "instant_purchase"),
        lastUpdatedDate=date_time(),
        createdDate=date_time(),
        cancelDate=date_time(),
    ),
    data_type(
        _ITEM,
        "Product list item",
        ("SKU",),
        SKU=string(),
        _id=string(format="uri-reference"),
        product=string(format="uri"),
        name=string(),
        productImageUrl=string(),
        productAddMethod=string(),
        currencyCode=_CURRENCY,
        quantity=integer(),
        priceTotal=number(),
        discountAmount=number(),
        refundAmount=number(),
        selectedOptions=array(record(("attribute", "value"), attribute=string(), value=string())),
    ),
    data_type(
        _COMMERCE,
        "Commerce",
        (),
        **{name: measure() for name in _MEASURES},
        order=refer(_ORDER),
        promotionID=string(),
        cart=record(cartID=string(), cartSource=string()),
        shipping=record(
            shippingMethod=string(), shippingAmount=number(), currencyCode=_CURRENCY, shipDate=date_time()
        ),
    ),
)

FIELD_GROUPS = (
    field_group(
        "https://ns.adobe.com/xdm/context/experienceevent-commerce",
        "Commerce Details",
        (EXPERIENCE_EVENT,),
        {"commerce": refer(_COMMERCE), "productListItems": array(refer(_ITEM))},
    ),
)
