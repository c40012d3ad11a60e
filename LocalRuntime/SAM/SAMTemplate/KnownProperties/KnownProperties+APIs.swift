/// The properties of HTTP and WebSocket APIs.
extension KnownProperties {
    static let apis = [
        "AWS::ApiGatewayV2::Api": """
        ApiEndpoint ApiId ApiKeySelectionExpression BasePath Body BodyS3Location{Bucket Etag Key Version} \
        CorsConfiguration{AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge} \
        CredentialsArn Description DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings IpAddressType \
        Name ProtocolType RouteKey RouteSelectionExpression Tags Target Version
        """,
        "AWS::ApiGatewayV2::Authorizer": """
        ApiId AuthorizerCredentialsArn AuthorizerId AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds \
        AuthorizerType AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression \
        JwtConfiguration{Audience Issuer} Name
        """,
        "AWS::ApiGatewayV2::Deployment": """
        ApiId DeploymentId Description StageName
        """,
        "AWS::ApiGatewayV2::Integration": """
        ApiId ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description IntegrationId \
        IntegrationMethod IntegrationSubtype IntegrationType IntegrationUri PassthroughBehavior \
        PayloadFormatVersion RequestParameters RequestTemplates ResponseParameters TemplateSelectionExpression \
        TimeoutInMillis TlsConfig{ServerNameToVerify}
        """,
        "AWS::ApiGatewayV2::Route": """
        ApiId ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId ModelSelectionExpression \
        OperationName RequestModels RequestParameters{Required} RouteId RouteKey RouteResponseSelectionExpression \
        Target
        """,
        "AWS::ApiGatewayV2::RouteResponse": """
        ApiId ModelSelectionExpression ResponseModels ResponseParameters RouteId RouteResponseId RouteResponseKey
        """,
        "AWS::ApiGatewayV2::Stage": """
        AccessLogSettings{DestinationArn Format} ApiId AutoDeploy ClientCertificateId \
        DefaultRouteSettings{DataTraceEnabled DetailedMetricsEnabled LoggingLevel ThrottlingBurstLimit \
        ThrottlingRateLimit} DeploymentId Description Id RouteSettings StageName StageVariables Tags
        """,
        "AWS::Serverless::HttpApi": """
        AccessLogSettings{DestinationArn Format} Auth{Authorizers{*{AuthorizationScopes \
        AuthorizerPayloadFormatVersion EnableFunctionDefaultPermissions EnableSimpleResponses FunctionArn \
        FunctionInvokeRole Identity{Context Headers QueryStrings ReauthorizeEvery StageVariables} IdentitySource \
        JwtConfiguration}} DefaultAuthorizer EnableIamAuthorizer} CorsConfiguration{AllowCredentials AllowHeaders \
        AllowMethods AllowOrigins ExposeHeaders MaxAge} DefaultRouteSettings{DataTraceEnabled \
        DetailedMetricsEnabled LoggingLevel ThrottlingBurstLimit ThrottlingRateLimit} DefinitionBody \
        DefinitionUri{Bucket Key Version} Description DisableExecuteApiEndpoint Domain{BasePath CertificateArn \
        DomainName EndpointConfiguration MutualTlsAuthentication OwnershipVerificationCertificateArn \
        Route53{DistributionDomainName EvaluateTargetHealth HostedZoneId HostedZoneName IpV6 Region SetIdentifier} \
        SecurityPolicy} FailOnWarnings Name PropagateTags RouteSettings StageName StageVariables Tags
        """,
        "AWS::Serverless::WebSocketApi": """
        AccessLogSettings{DestinationArn Format} ApiKeySelectionExpression Auth{AuthArn AuthType IdentitySource \
        InvokeRole Name} DefaultRouteSettings{DataTraceEnabled DetailedMetricsEnabled LoggingLevel \
        ThrottlingBurstLimit ThrottlingRateLimit} Description DisableExecuteApiEndpoint DisableSchemaValidation \
        Domain{BasePath CertificateArn DomainName EndpointConfiguration MutualTlsAuthentication \
        OwnershipVerificationCertificateArn Route53{EvaluateTargetHealth HostedZoneId HostedZoneName IpV6 Region \
        SetIdentifier} SecurityPolicy} FailOnWarnings IpAddressType Name PropagateTags RouteSelectionExpression \
        RouteSettings Routes{*{ApiKeyRequired FunctionArn IntegrationTimeout ModelSelectionExpression \
        OperationName RequestModels RequestParameters RouteResponseSelectionExpression}} StageName StageVariables \
        Tags
        """,
    ]
}
