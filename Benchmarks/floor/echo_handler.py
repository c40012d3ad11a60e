"""What echo.c does, for AWS's own Python client of the Runtime API."""


def handler(event, context):
    return {"statusCode": 200, "body": event["body"]}
