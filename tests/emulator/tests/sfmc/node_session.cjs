// What a user of sfmc-sdk does in a day; run by its test where NODE_PATH has the package. Prints one JSON object.
const sdk = require("sfmc-sdk");
const [base, client_id, client_secret, account_id] = process.argv.slice(2);
// It insists on the vendor's host name, which may stand behind a question mark.
const auth_url = `${base}/?https://mc${"a".repeat(26)}.auth.marketingcloudapis.com/`;
const client = new (sdk.default || sdk)(
  { client_id, client_secret, auth_url, account_id: Number(account_id) },
  { requestAttempts: 1 },
);

async function session() {
  const rowset = await client.rest.getBulk("/data/v1/customobjectdata/key/contacts/rowset", 70);
  const folders = await client.rest.getBulk("/legacy/v1/beta/folder");
  const extensions = await client.soap.retrieveBulk("DataExtension", ["CustomerKey", "Name", "CategoryID"]);
  const rows = await client.soap.retrieveBulk("DataExtensionObject[contacts]", ["SubscriberKey"], {
    options: { BatchSize: 70 },
    filter: {
      leftOperand: { leftOperand: "SubscriberKey", operator: "greaterThan", rightOperand: "C0000010" },
      operator: "AND",
      rightOperand: { leftOperand: "SubscriberKey", operator: "lessThan", rightOperand: "C0000012" },
    },
  });
  const described = await client.soap.describe("DataExtensionField");
  const failed = await client.soap.retrieve("dataextension", ["Name"]).catch((error) => error.message);
  return {
    rowset: rowset.items.length,
    folders: folders.entry.length,
    extensions: extensions.Results.length,
    rows: rows.Results,
    described: described.ObjectDefinition.ObjectType,
    failed,
  };
}

session().then((seen) => console.log(JSON.stringify(seen)));
