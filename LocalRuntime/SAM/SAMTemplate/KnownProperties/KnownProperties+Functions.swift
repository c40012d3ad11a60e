/// The properties of functions and what invokes them.
extension KnownProperties {
    static let functions = [
        "AWS::Lambda::EventInvokeConfig": """
        DestinationConfig{OnFailure{Destination} OnSuccess{Destination}} FunctionName MaximumEventAgeInSeconds \
        MaximumRetryAttempts Qualifier
        """,
        "AWS::Lambda::EventSourceMapping": """
        AmazonManagedKafkaEventSourceConfig{ConsumerGroupId SchemaRegistryConfig{AccessConfigs{Type URI} \
        EventRecordFormat SchemaRegistryURI SchemaValidationConfigs{Attribute}}} BatchSize \
        BisectBatchOnFunctionError DestinationConfig{OnFailure{Destination}} \
        DocumentDBEventSourceConfig{CollectionName DatabaseName FullDocument} Enabled EventSourceArn \
        EventSourceMappingArn FilterCriteria{Filters{Pattern}} FunctionName FunctionResponseTypes Id KmsKeyArn \
        LoggingConfig{SystemLogLevel} MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds \
        MaximumRetryAttempts MetricsConfig{Metrics} ParallelizationFactor ProvisionedPollerConfig{MaximumPollers \
        MinimumPollers PollerGroupName} Queues ScalingConfig{MaximumConcurrency} \
        SelfManagedEventSource{Endpoints{KafkaBootstrapServers}} SelfManagedKafkaEventSourceConfig{ConsumerGroupId \
        SchemaRegistryConfig{AccessConfigs{Type URI} EventRecordFormat SchemaRegistryURI \
        SchemaValidationConfigs{Attribute}}} SourceAccessConfigurations{Type URI} StartingPosition \
        StartingPositionTimestamp Tags{Key Value} Topics TumblingWindowInSeconds
        """,
        "AWS::Lambda::Function": """
        Architectures Arn CapacityProviderConfig{LambdaManagedInstancesCapacityProviderConfig{CapacityProviderArn \
        ExecutionEnvironmentMemoryGiBPerVCpu PerExecutionEnvironmentMaxConcurrency}} Code{ImageUri S3Bucket S3Key \
        S3ObjectStorageMode S3ObjectVersion SourceKMSKeyArn ZipFile} CodeSigningConfigArn \
        DeadLetterConfig{TargetArn} Description DurableConfig{ExecutionTimeout RetentionPeriodInDays} \
        Environment{Variables} EphemeralStorage{Size} FileSystemConfigs{Arn LocalMountPath} FunctionName \
        FunctionScalingConfig{MaxExecutionEnvironments MinExecutionEnvironments} Handler ImageConfig{Command \
        EntryPoint WorkingDirectory} KmsKeyArn Layers LoggingConfig{ApplicationLogLevel LogFormat LogGroup \
        SystemLogLevel} MemorySize PackageType PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions \
        Role Runtime RuntimeManagementConfig{RuntimeVersionArn UpdateRuntimeOn} SnapStart{ApplyOn} \
        SnapStartResponse{ApplyOn OptimizationStatus} Tags{Key Value} TenancyConfig{TenantIsolationMode} Timeout \
        TracingConfig{Mode} VpcConfig{Ipv6AllowedForDualStack SecurityGroupIds SubnetIds}
        """,
        "AWS::Serverless::Function": """
        Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties \
        AutoPublishCodeSha256 CapacityProviderConfig{Arn ExecutionEnvironmentMemoryGiBPerVCpu \
        PerExecutionEnvironmentMaxConcurrency} CodeSigningConfigArn CodeUri{Bucket Key Version} \
        DeadLetterQueue{TargetArn Type} DeploymentPreference{Alarms Enabled Hooks{PostTraffic PreTraffic} \
        PassthroughCondition Role TriggerConfigurations Type} Description DurableConfig{ExecutionTimeout \
        RetentionPeriodInDays} Environment{Variables} EphemeralStorage{Size} \
        EventInvokeConfig{DestinationConfig{OnFailure{Destination Type} OnSuccess{Destination Type}} \
        MaximumEventAgeInSeconds MaximumRetryAttempts} Events FileSystemConfigs{Arn LocalMountPath} FunctionName \
        FunctionScalingConfig{MaxExecutionEnvironments MinExecutionEnvironments} FunctionUrlConfig{AuthType Cors \
        InvokeMode} Handler ImageConfig{Command EntryPoint WorkingDirectory} ImageUri InlineCode KmsKeyArn Layers \
        LoggingConfig{ApplicationLogLevel LogFormat LogGroup SystemLogLevel} MemorySize PackageType \
        PermissionsBoundary Policies PropagateTags ProvisionedConcurrencyConfig PublishToLatestPublished \
        RecursiveLoop ReservedConcurrentExecutions Role RolePath Runtime RuntimeManagementConfig{RuntimeVersionArn \
        UpdateRuntimeOn} SnapStart{ApplyOn} SourceKMSKeyArn Tags TenancyConfig{TenantIsolationMode} Timeout \
        Tracing VersionDeletionPolicy VersionDescription VpcConfig{Ipv6AllowedForDualStack SecurityGroupIds \
        SubnetIds}
        """,
    ]
}
