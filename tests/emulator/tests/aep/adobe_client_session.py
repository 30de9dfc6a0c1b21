"""What a user of `aepp`, Adobe's Python client, does in a day; run by its test in an interpreter that has it.

Prints one JSON object. Only the addresses are set, which the client reads from its configuration.
"""

import contextlib
import json
import sys
import time

import aepp
from aepp import catalog, config, dataaccess, dataprep, flowservice, ingestion, sandboxes, schema

base, client_id, secret, org, sandbox = sys.argv[1:]
SCOPES = "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"
PROFILE = "https://ns.adobe.com/xdm/context/profile"


def session():
    aepp.configure(org_id=org, client_id=client_id, secret=secret, sandbox=sandbox, scopes=SCOPES)
    config.endpoints["global"] = base
    config.config_object["oauthTokenEndpointV2"] = f"{base}/ims/token/v2"
    seen = {}

    registry = schema.Schema()
    seen["tenant"] = registry.getTenantId()
    manager = registry.FieldGroupManager(None, title="Made by aepp", fg_class=["profile"])
    # An empty field group takes a field only where its parents are there.
    manager.addField("_acme", "object", title="Acme")
    manager.addField("_acme.key", "string", title="Key")
    manager.addField("_acme.n", "integer", title="Number")
    group = manager.createFieldGroup()
    made = registry.createProfileSchema("Schema by aepp", [group["$id"]])
    identity = registry.createDescriptorOperation(
        made["$id"], "xdm:descriptorIdentity", "/_acme/key", "Email", True
    )
    registry.createDescriptor(identity)
    seen["descriptors"] = len(registry.getDescriptors())
    seen["union version"] = registry.enableSchemaForRealTime(made["$id"])["version"]
    seen["paths"] = sorted(registry.SchemaManager(made["$id"]).to_dict()["_acme"])

    cat = catalog.Catalog()
    (reference,) = cat.createDataSet(name="Dataset by aepp", schemaId=made["$id"], profileEnabled=True)
    dataset = reference.rsplit("/", 1)[1]
    seen["datasets"] = list(cat.getDataSets())

    loader = ingestion.DataIngestion()
    batch = loader.createBatch(
        dataset, format="json", multiline=True, enableDiagnostic=True, partialIngestionPercentage=50
    )
    rows = [{"_acme": {"key": "é", "n": 1}}, {"_acme": {"key": "b", "n": "many"}}]
    seen["upload"] = loader.uploadSmallFile(batch["id"], dataset, "rows.json", data=rows)
    seen["complete"] = loader.uploadSmallFileFinish(batch["id"])
    deadline = time.monotonic() + 30
    while (ended := cat.getBatch(batch["id"])[batch["id"]])["status"] not in {"success", "failed"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    seen["status"] = ended["status"]
    seen["metrics"] = ended["metrics"]
    access = dataaccess.DataAccess()
    seen["row errors"] = [
        each["name"] for each in access.getBatchMeta(batch["id"], path="row_errors")["data"]
    ]
    seen["files"] = len(access.getBatchFiles(batch["id"]))
    seen["replay"] = loader.replayBatch(dataset, [batch["id"]])["replay"]["predecessors"] == [batch["id"]]
    seen["revert"] = loader.deleteBatch(batch["id"])

    prep = dataprep.DataPrep()
    rules = [{"sourceType": "ATTRIBUTE", "source": "Id", "destination": "_acme.key"}]
    mapping_set = prep.createMappingSet(schemaId=made["$id"], mappingList=rules, validate=True)
    seen["mappings"] = len(prep.getMappingSet(mapping_set["id"])["mappings"])

    flows = flowservice.FlowService()
    target = flows.createTargetConnectionDataLake(name="Lake", datasetId=dataset, schemaId=made["$id"])
    seen["target connection"] = "id" in target
    seen["sandboxes"] = sorted(each["name"] for each in sandboxes.Sandboxes().getSandboxes())
    return seen


# The client prints what it likes; the answer is the last line.
with contextlib.redirect_stdout(sys.stderr):
    result = session()
print(json.dumps(result))
