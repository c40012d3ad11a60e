"""The rules of template.yaml refuse combinations of parameters that would fail during a deployment."""

import pytest
from runtime import ROOT
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
ISSUER = {"IdentityIssuer": "https://issuer.example.com", "IdentityAudience": "chat", "AllowedOrigins": "*"}
DATABASE = {"DatabaseUrl": "postgresql://o@h/d", "FunctionDatabaseUrl": "postgresql://f@h/d"}
REDIS = {"RedisUrl": "rediss://:p@h:6379"}
VPC = {"VpcId": "vpc-1", "VpcSubnetIds": "subnet-1,subnet-2"}


def evaluate(expression, values):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html"""
    if not isinstance(expression, dict):
        return expression
    [(function, arguments)] = expression.items()
    if function == "Ref":
        parameter = TEMPLATE["Parameters"][arguments]
        text = values.get(arguments, str(parameter.get("Default", "")))
        return text.split(",") if parameter["Type"] == "CommaDelimitedList" else text
    arguments = [evaluate(argument, values) for argument in arguments]
    return {
        "Fn::And": lambda: all(arguments),
        "Fn::Or": lambda: any(arguments),
        "Fn::Not": lambda: not arguments[0],
        "Fn::Equals": lambda: arguments[0] == arguments[1],
        "Fn::EachMemberEquals": lambda: all(member == arguments[1] for member in arguments[0]),
    }[function]()


def broken_rules(values):
    return {
        name
        for name, rule in TEMPLATE["Rules"].items()
        if evaluate(rule.get("RuleCondition", True), values)
        and not all(evaluate(assertion["Assert"], values) for assertion in rule["Assertions"])
    }


@pytest.mark.parametrize("values, broken", [
    ({}, set()),
    ({"IdentityAudience": ""}, {"Audience"}),
    (DATABASE | REDIS, set()),
    (DATABASE | REDIS | VPC, set()),
    (VPC, set()),
    (VPC | {"VpcSecurityGroupIds": "sg-1"}, set()),
    (VPC | DATABASE, set()),
    (VPC | REDIS, set()),
    (DATABASE, {"OwnDatabase"}),
    (REDIS, {"OwnRedis"}),
    ({"DatabaseUrl": "postgresql://o@h/d"} | REDIS, {"OwnDatabase"}),
    ({"FunctionDatabaseUrl": "postgresql://f@h/d"}, {"NoOwnDatabase"}),
    ({"VpcSubnetIds": "subnet-1,subnet-2"}, {"OwnSubnets"}),
    ({"VpcId": "vpc-1"}, {"OwnVpc"}),
    ({"VpcSecurityGroupIds": "sg-1"}, {"OwnVpc"}),
    (REDIS | {"VpcId": "vpc-1"}, {"OwnRedis", "OwnVpc"}),
])  # fmt: skip
def test_combinations_that_cannot_work_are_refused(values, broken):
    assert broken_rules(ISSUER | values) == broken


def test_rules_use_only_functions_that_rules_know():
    def functions(expression):
        if isinstance(expression, dict):
            for name, value in expression.items():
                yield name
                yield from functions(value)
        elif isinstance(expression, list):
            for value in expression:
                yield from functions(value)

    known = {"Ref", "Fn::And", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::Equals", "Fn::Not", "Fn::Or",
             "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"}  # fmt: skip
    for rule in TEMPLATE["Rules"].values():
        used = set(functions(rule.get("RuleCondition"))) | {
            name for assertion in rule["Assertions"] for name in functions(assertion["Assert"])
        }
        assert used <= known
