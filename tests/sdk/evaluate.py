"""What the Python SDK of GrowthBook says of a payload, to compare our assignment with.

    python tests/sdk/evaluate.py VISITORS PAYLOAD              a file, as GET /v1/features answers
    python tests/sdk/evaluate.py VISITORS API_HOST CLIENT_KEY  downloaded by the SDK itself

Files and answers are those of evaluate.js. Packages are in target/sdks
(scripts/setup-sdks) and target/oracles (scripts/setup-oracles)."""

import copy
import json
import sys
from pathlib import Path

from growthbook import AbstractStickyBucketService, GrowthBook


class Remembered(AbstractStickyBucketService):
    """Documents that are the same for every feature: what one evaluation writes, no other sees."""

    def __init__(self):
        self.documents = {}

    def get_assignments(self, attribute_name, attribute_value):
        return copy.deepcopy(self.documents.get(self.get_key(attribute_name, attribute_value)))

    def save_assignments(self, doc):
        pass


def show(answer):
    result = answer.experimentResult
    return {
        "value": answer.value,
        "source": answer.source,
        "arm": result and result.variationId,
        "key": result and result.key,
        "attribute": result and result.hashAttribute,
        "bucket": result and result.bucket,
        "sticky": result and result.stickyBucketUsed,
    }


def evaluate(features, visitors):
    service = Remembered()
    clients = {
        False: GrowthBook(features=features),
        True: GrowthBook(features=features, sticky_bucket_service=service),
    }
    for visitor in visitors:
        sticky = visitor.get("sticky")
        client = clients[sticky is not None]
        service.documents = sticky or {}
        client.set_attributes(visitor["attributes"])
        answers = {}
        for feature in features:
            client.refresh_sticky_buckets(force=True)
            answers[feature] = show(client.eval_feature(feature))
        yield answers


def download(api_host, client_key):
    client = GrowthBook(api_host=api_host, client_key=client_key)
    client.load_features()
    return {key: feature.to_dict() for key, feature in client.get_features().items()}


def main(visitors, source, client_key=None):
    def read(path):
        return json.loads(Path(path).read_text())

    features = download(source, client_key) if client_key else read(source)["features"]
    json.dump(list(evaluate(features, read(visitors))), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
