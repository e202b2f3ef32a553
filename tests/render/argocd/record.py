"""The asking part of record.sh: fills Kubernetes with what Argo CD needs, and writes down what it answers.

Kubernetes reads YAML itself (server-side apply), so this needs nothing but Python's own library."""

import argparse
import base64
import json
import pathlib
import re
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

REPOSITORY = "https://git.example.com/acme/infra.git"
CHARTS = "https://charts.example.com"
NAMESPACE = "argocd"
SETTLE_SECONDS = 90
# What tells Argo CD's objects from others; a renderer has none of it.
TRACKING = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/installation-id")


def call(method, url, body=None, content_type="application/json"):
    request = urllib.request.Request(url, data=body, method=method)
    request.add_header("Authorization", "Bearer record")
    request.add_header("Content-Type", content_type)
    unverified = ssl._create_unverified_context()
    with urllib.request.urlopen(request, timeout=120, context=unverified) as answer:
        return json.loads(answer.read())


def apply(kubernetes, collection, name, text):
    url = f"{kubernetes}{collection}/{urllib.parse.quote(name)}?fieldManager=record&force=true"
    if isinstance(text, dict):
        text = json.dumps(text)
    try:
        return call("PATCH", url, text.encode(), "application/apply-patch+yaml")
    except urllib.error.HTTPError as error:
        sys.exit(f"record: applying {name}: {error.read().decode()}")


def setup(options):
    kubernetes = options.kubernetes
    core = f"/api/v1/namespaces/{NAMESPACE}"
    apply(kubernetes, "/api/v1/namespaces", NAMESPACE,
          {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for path in sorted(pathlib.Path(options.crds).glob("*-crd.yaml")):
        text = path.read_text()
        name = re.search(r"^  name: (\S+)$", text, re.MULTILINE).group(1)
        apply(kubernetes, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", name, text)
    labels = {"app.kubernetes.io/part-of": "argocd"}
    for name in ("argocd-cm", "argocd-rbac-cm", "argocd-tls-certs-cm", "argocd-ssh-known-hosts-cm", "argocd-gpg-keys-cm"):
        apply(kubernetes, core + "/configmaps", name,
              {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})
    apply(kubernetes, core + "/secrets", "argocd-secret",
          {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", "labels": labels},
           "stringData": {"server.secretkey": "only-for-this-recording"}})
    for number, cluster in enumerate(json.loads(pathlib.Path(options.clusters).read_text())):
        name = f"cluster-{number}"
        config = json.dumps({"bearerToken": "record", "tlsClientConfig": {"insecure": True}})
        apply(kubernetes, core + "/secrets", name,
              {"apiVersion": "v1", "kind": "Secret",
               "metadata": {"name": name, "annotations": cluster.get("annotations", {}),
                            "labels": {**cluster["labels"], "argocd.argoproj.io/secret-type": "cluster"}},
               "stringData": {"name": cluster["name"], "server": cluster["server"] or kubernetes, "config": config}})
    until(60, "the AppProject's definition", lambda: attempt_project(kubernetes))


def attempt_project(kubernetes):
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"},
               "spec": {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}],
                        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}}
    url = f"{kubernetes}{custom('appprojects')}/default?fieldManager=record"
    try:
        call("PATCH", url, json.dumps(project).encode(), "application/apply-patch+yaml")
        return True
    except urllib.error.HTTPError:
        return False


def until(seconds, what, done):
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"record: {what} was not there after {seconds} s")
        time.sleep(0.5)


def custom(plural):
    return f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/{plural}"


def documents(folder):
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        for text in re.split(r"^---\n", path.read_text(), flags=re.MULTILINE):
            if text.strip():
                yield re.search(r"^metadata:\s*(?:\{\s*|\n  )name: ([^,}\s]+)", text, re.MULTILINE).group(1), text


class Names:
    """The addresses of this recording, and those that stand in the repository and the golden files."""

    def __init__(self, options):
        self.inward = [(REPOSITORY, "file://" + options.repository), (CHARTS, options.charts)]
        self.outward = [(there, here) for here, there in self.inward] + [(options.kubernetes, "https://payments.example.com")]
        self.hide = options.hide

    def into(self, text):
        for here, there in self.inward:
            text = text.replace(here, there)
        return text

    def out(self, text):
        for there, here in self.outward:
            text = text.replace(there, here)
        # Paths of temporary files, with the random names in them.
        text = re.sub(re.escape(self.hide) + r"\S*/([^/\s`'\",;)]+)", r"<folder>/\1", text)
        return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>", text)


def without_tracking(item):
    metadata = item.get("metadata", {})
    for key in TRACKING:
        metadata.get("annotations", {}).pop(key, None)
    # Argo CD makes the map for its own annotation.
    if metadata.get("annotations") == {}:
        del metadata["annotations"]
    return item


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def record_manifests(options, names, golden):
    for name, text in documents(options.repository + "/argocd/applications"):
        apply(options.kubernetes, custom("applications"), name, names.into(text))
    time.sleep(2)  # the server's informer
    for name, _ in documents(options.repository + "/argocd/applications"):
        try:
            answer = call("GET", f"{options.argocd}/api/v1/applications/{name}/manifests")
            items = [without_tracking(json.loads(item)) for item in answer.get("manifests", [])]
            # In Argo CD's order: of an object that is there twice, the later one counts.
            result = {"objects": items}
        except urllib.error.HTTPError as error:
            result = {"error": json.loads(error.read())["message"]}
        text = names.out(json.dumps(result))
        write(golden / "applications" / (name + ".json"), json.loads(text))


def conditions_of(options, name):
    answer = call("GET", f"{options.kubernetes}{custom('applicationsets')}/{name}")
    return {one["type"]: one for one in answer.get("status", {}).get("conditions", [])}


def record_sets(options, names, golden):
    sets = list(documents(options.repository + "/argocd/sets"))
    for name, text in sets:
        apply(options.kubernetes, custom("applicationsets"), name, names.into(text))
        until(SETTLE_SECONDS, f"a verdict on ApplicationSet {name}",
              lambda name=name: "ErrorOccurred" in conditions_of(options, name))
    made = call("GET", options.kubernetes + custom("applications"))["items"]
    for name, _ in sets:
        mine = [item for item in made
                if any(owner["name"] == name for owner in item["metadata"].get("ownerReferences", []))]
        kept = [{"metadata": {field: item["metadata"][field]
                              for field in ("name", "labels", "annotations", "finalizers") if field in item["metadata"]},
                 "spec": item["spec"]} for item in mine]
        result = {"applications": sorted(kept, key=lambda item: item["metadata"]["name"])}
        verdict = conditions_of(options, name)["ErrorOccurred"]
        if verdict["status"] == "True":
            result["error"] = verdict["message"]
        write(golden / "sets" / (name + ".json"), json.loads(names.out(json.dumps(result))))


def record_kinds(options, golden):
    """The kinds of the API server that can be listed and watched, as Argo CD tells helm of them."""
    groups = call("GET", options.kubernetes + "/apis")["groups"]
    versions = ["v1"] + [version["groupVersion"] for group in groups for version in group["versions"]]
    kinds = set()
    for version in versions:
        if version.startswith("argoproj.io/"):
            continue
        path = "/api/v1" if version == "v1" else "/apis/" + version
        for resource in call("GET", options.kubernetes + path)["resources"]:
            if {"list", "watch"} <= set(resource["verbs"]):
                kinds.add(f"{version}/{resource['kind']}")
    write(golden / "kinds.json", sorted(kinds))


def record(options):
    names = Names(options)
    golden = pathlib.Path(options.golden)
    for folder in ("applications", "sets"):
        for old in (golden / folder).glob("*.json"):
            old.unlink()
    record_kinds(options, golden)
    record_manifests(options, names, golden)
    record_sets(options, names, golden)
    print(f"record: wrote {len(list(golden.rglob('*.json')))} answers to {golden}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubernetes", required=True)
    steps = parser.add_subparsers(required=True)
    step = steps.add_parser("setup")
    step.add_argument("--crds", required=True)
    step.add_argument("--clusters", required=True)
    step.set_defaults(run=setup)
    step = steps.add_parser("record")
    for name in ("--argocd", "--repository", "--charts", "--hide", "--golden"):
        step.add_argument(name, required=True)
    step.set_defaults(run=record)
    options = parser.parse_args()
    options.run(options)


main()
