"""What a user of the FuelSDK does in a day; run by its test in an interpreter that has it.

Prints one JSON object. Only the addresses and the credentials are set, as its own configuration has them.
"""

import json
import sys

from FuelSDK import ET_Client, ET_DataExtension, ET_DataExtension_Column, ET_DataExtension_Row, ET_Folder

base, client_id, secret, account, wsdl, version = sys.argv[1:]
settings = {
    "clientid": client_id,
    "clientsecret": secret,
    "defaultwsdl": f"{base}/etframework.wsdl",
    "wsdl_file_local_loc": wsdl,
    "soapendpoint": f"{base}/Service.asmx",
    "baseapiurl": f"{base}/",
    "authenticationurl": f"{base}/v1/requestToken",
}
if version == "v2":
    settings |= {"authenticationurl": base, "useOAuth2Authentication": "True", "accountId": account}
client = ET_Client(False, False, settings)


def get(kind, props, **more):
    """All results of a retrieve, continued to the end."""
    thing = kind()
    thing.auth_stub, thing.props = client, props
    for name, value in more.items():
        setattr(thing, name, value)
    answer = thing.get()
    assert answer.status, answer.message
    found = list(answer.results)
    while answer.more_results:
        answer = thing.getMoreResults()
        found += answer.results
    return found


def change(kind, action, **more):
    thing = kind()
    thing.auth_stub = client
    for name, value in more.items():
        setattr(thing, name, value)
    answer = getattr(thing, action)()
    return bool(answer.status)


def equals(name, value):
    return {"Property": name, "SimpleOperator": "equals", "Value": value}


de = {"props": {"Name": "By Fuel", "CustomerKey": "by-fuel"}}
columns = [
    {"Name": "ID", "FieldType": "Text", "IsPrimaryKey": "true", "MaxLength": "50", "IsRequired": "true"},
    {"Name": "V", "FieldType": "Number"},
]
row = {"CustomerKey": "by-fuel", "props": {"ID": "1", "V": "3"}}
folder = ["ID", "Client.ID", "ParentFolder.ID", "ParentFolder.Name", "Name", "Client.EnterpriseID"]
seen = {
    "names": sorted(str(each.Name) for each in get(ET_DataExtension, ["CustomerKey", "Name"])),
    "columns": len(
        get(
            ET_DataExtension_Column,
            ["Name", "FieldType"],
            search_filter=equals("DataExtension.CustomerKey", "contacts"),
        )
    ),
    "rows": len(get(ET_DataExtension_Row, ["SubscriberKey", "City"], CustomerKey="contacts")),
    "folders": len(get(ET_Folder, folder)),
    "create": change(ET_DataExtension, "post", columns=columns, **de),
    "insert": change(ET_DataExtension_Row, "post", **row),
    "update": change(ET_DataExtension_Row, "patch", **row),
    "read back": [
        str(each.Properties.Property[1].Value)
        for each in get(ET_DataExtension_Row, ["ID", "V"], CustomerKey="by-fuel")
    ],
    "delete row": change(ET_DataExtension_Row, "delete", CustomerKey="by-fuel", props={"ID": "1"}),
    "delete": change(ET_DataExtension, "delete", **de),
}
print(json.dumps(seen))
