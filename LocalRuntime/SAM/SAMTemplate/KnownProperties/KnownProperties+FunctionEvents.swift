/// The properties of the events of `AWS::Serverless::Function`, by the type of the event.
extension KnownProperties {
    static let functionEvents = [
        "AlexaSkill": """
        SkillId
        """,
        "Api": """
        Auth{ApiKeyRequired AuthorizationScopes Authorizer InvokeRole OverrideApiAuth \
        ResourcePolicy{AwsAccountBlacklist AwsAccountWhitelist CustomStatements IntrinsicVpcBlacklist \
        IntrinsicVpcWhitelist IntrinsicVpceBlacklist IntrinsicVpceWhitelist IpRangeBlacklist IpRangeWhitelist \
        SourceVpcBlacklist SourceVpcWhitelist}} Method Path RequestModel{Model Required ValidateBody \
        ValidateParameters} RequestParameters ResponseTransferMode RestApiId{Ref} Stage TimeoutInMillis
        """,
        "CloudWatchEvent": """
        DeadLetterConfig Enabled EventBusName Input InputPath InputTransformer Pattern RetryPolicy RuleName State \
        Target
        """,
        "CloudWatchLogs": """
        FilterPattern LogGroupName
        """,
        "Cognito": """
        Trigger UserPool
        """,
        "DocumentDB": """
        BatchSize BisectBatchOnFunctionError Cluster CollectionName ConsumerGroupId DatabaseName DestinationConfig \
        Enabled FilterCriteria FullDocument FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig \
        MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig \
        ParallelizationFactor ProvisionedPollerConfig Queues ScalingConfig SchemaRegistryConfig \
        SecretsManagerKmsKeyId SourceAccessConfigurations StartingPosition StartingPositionTimestamp Topics \
        TumblingWindowInSeconds
        """,
        "DynamoDB": """
        BatchSize BisectBatchOnFunctionError ConsumerGroupId DestinationConfig Enabled FilterCriteria \
        FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds \
        MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig \
        Queues ScalingConfig SchemaRegistryConfig SecretsManagerKmsKeyId SourceAccessConfigurations \
        StartingPosition StartingPositionTimestamp Stream Topics TumblingWindowInSeconds
        """,
        "EventBridgeRule": """
        DeadLetterConfig{Arn QueueLogicalId Type} Enabled EventBusName Input InputPath InputTransformer Pattern \
        RetryPolicy RuleName State Target{Id}
        """,
        "HttpApi": """
        ApiId Auth{AuthorizationScopes Authorizer} Method Path PayloadFormatVersion RouteSettings Stage \
        TimeoutInMillis
        """,
        "IoTRule": """
        AwsIotSqlVersion Sql
        """,
        "Kinesis": """
        BatchSize BisectBatchOnFunctionError ConsumerGroupId DestinationConfig Enabled FilterCriteria \
        FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds \
        MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig \
        Queues ScalingConfig SchemaRegistryConfig SecretsManagerKmsKeyId SourceAccessConfigurations \
        StartingPosition StartingPositionTimestamp Stream Topics TumblingWindowInSeconds
        """,
        "MQ": """
        BatchSize BisectBatchOnFunctionError Broker ConsumerGroupId DestinationConfig DynamicPolicyName Enabled \
        FilterCriteria FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig \
        MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig \
        ParallelizationFactor ProvisionedPollerConfig Queues ScalingConfig SchemaRegistryConfig \
        SecretsManagerKmsKeyId SourceAccessConfigurations StartingPosition StartingPositionTimestamp Topics \
        TumblingWindowInSeconds
        """,
        "MSK": """
        BatchSize BisectBatchOnFunctionError ConsumerGroupId DestinationConfig Enabled FilterCriteria \
        FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds \
        MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig \
        Queues ScalingConfig SchemaRegistryConfig SecretsManagerKmsKeyId SourceAccessConfigurations \
        StartingPosition StartingPositionTimestamp Stream Topics TumblingWindowInSeconds
        """,
        "S3": """
        Bucket Events Filter
        """,
        "SNS": """
        FilterPolicy FilterPolicyScope RedrivePolicy Region SqsSubscription{BatchSize Enabled QueueArn \
        QueuePolicyLogicalId QueueUrl} Topic
        """,
        "SQS": """
        BatchSize BisectBatchOnFunctionError ConsumerGroupId DestinationConfig Enabled FilterCriteria \
        FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds \
        MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig \
        Queue Queues ScalingConfig SchemaRegistryConfig SecretsManagerKmsKeyId SourceAccessConfigurations \
        StartingPosition StartingPositionTimestamp Topics TumblingWindowInSeconds
        """,
        "Schedule": """
        DeadLetterConfig{Arn QueueLogicalId Type} Description Enabled Input Name RetryPolicy RuleName Schedule \
        State
        """,
        "ScheduleV2": """
        DeadLetterConfig{Arn QueueLogicalId Type} Description EndDate FlexibleTimeWindow GroupName Input KmsKeyArn \
        Name OmitName PermissionsBoundary RetryPolicy RoleArn ScheduleExpression ScheduleExpressionTimezone \
        StartDate State
        """,
        "SelfManagedKafka": """
        BatchSize BisectBatchOnFunctionError ConsumerGroupId DestinationConfig Enabled FilterCriteria \
        FunctionResponseTypes KafkaBootstrapServers KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds \
        MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig \
        Queues ScalingConfig SchemaRegistryConfig SecretsManagerKmsKeyId SourceAccessConfigurations \
        StartingPosition StartingPositionTimestamp Topics TumblingWindowInSeconds
        """,
    ]
}
