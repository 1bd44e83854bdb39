"""Keeps one S3 server for one test process: s3.py signed|open

It says "ready PORT ID SECRET". Then each line of standard input is a command, answered by a line:
"bucket NAME" makes a bucket, "keys NAME" lists it, "cut NAME KEY" leaves half of an object, and "drop
NAME" removes the bucket with all objects. When standard input closes, because the test process
ended, so does the server.
"""

import json
import os
import sys
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import boto3
from moto.moto_server import threaded_moto_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

EVERYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def client(service, url, access):
    identity, secret = access
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=identity,
        aws_secret_access_key=secret,
    )


class ForGoogle(DomainDispatcherApplication):
    """Makes of a request to Google one to S3, as moto reads it.

    Google's clients send a token or nothing where S3's send a signature, and escape more in a path.
    """

    def __call__(self, environ, start_response):
        if not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS"):
            environ["HTTP_AUTHORIZATION"] = "AWS any:any"
        for name in ["RAW_URI", "REQUEST_URI"]:
            path, mark, query = environ.get(name, "").partition("?")
            environ[name] = quote(unquote(path)) + mark + query
        return super().__call__(environ, start_response)


def guard(url):
    """From now on only who has the key that this answers may do anything."""
    iam = client("iam", url, ("any", "any"))
    iam.create_user(UserName="tests")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
    iam.put_user_policy(UserName="tests", PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName="tests")["AccessKey"]
    plain = {"Content-Type": "text/plain"}
    urlopen(Request(url + "/moto-api/reset-auth", data=b"0", headers=plain)).close()
    return key["AccessKeyId"], key["SecretAccessKey"]


def keys(s3, bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def answer(s3, command, bucket, key=None):
    if command == "bucket":
        s3.create_bucket(Bucket=bucket)
    elif command == "cut":
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=content[: len(content) // 2])
    elif command == "drop":
        if bucket in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]:
            for key in keys(s3, bucket):
                s3.delete_object(Bucket=bucket, Key=key)
            s3.delete_bucket(Bucket=bucket)
    else:
        return keys(s3, bucket)
    return []


def main():
    is_signed = sys.argv[1] == "signed"
    if not is_signed:
        threaded_moto_server.DomainDispatcherApplication = ForGoogle
    server = threaded_moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    url = "http://127.0.0.1:{1}".format(*server.get_host_and_port())
    access = guard(url) if is_signed else ("any", "any")
    s3 = client("s3", url, access)
    print("ready", url, *access, flush=True)
    for line in sys.stdin:
        print("done", *answer(s3, *line.split()), flush=True)
    # Without waiting for requests that nobody wants answered any more.
    os._exit(0)


main()
