/// The properties of rules, schedules and nested stacks.
extension KnownProperties {
    static let events = [
        "AWS::CloudFormation::Stack": """
        Capabilities Description DisableRollback EnableTerminationProtection NotificationARNs Parameters RoleARN \
        StackId StackName StackPolicy StackPolicyBody StackPolicyURL Tags{Key Value} TemplateBody TemplateURL \
        TimeoutInMinutes
        """,
        "AWS::Events::Rule": """
        Arn Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags{Key Value} \
        Targets{AppSyncParameters{GraphQLOperation} Arn BatchParameters{ArrayProperties{Size} JobDefinition \
        JobName RetryStrategy{Attempts}} DeadLetterConfig{Arn} EcsParameters{CapacityProviderStrategy{Base \
        CapacityProvider Weight} EnableECSManagedTags EnableExecuteCommand Group LaunchType \
        NetworkConfiguration{AwsVpcConfiguration{AssignPublicIp SecurityGroups Subnets}} \
        PlacementConstraints{Expression Type} PlacementStrategies{Field Type} PlatformVersion PropagateTags \
        ReferenceId TagList{Key Value} TaskCount TaskDefinitionArn} HttpParameters{HeaderParameters \
        PathParameterValues QueryStringParameters} Id Input InputPath InputTransformer{InputPathsMap \
        InputTemplate} KinesisParameters{PartitionKeyPath} RedshiftDataParameters{Database DbUser SecretManagerArn \
        Sql Sqls StatementName WithEvent} RetryPolicy{MaximumEventAgeInSeconds MaximumRetryAttempts} RoleArn \
        RunCommandParameters{RunCommandTargets{Key Values}} SageMakerPipelineParameters{PipelineParameterList{Name \
        Value}} SqsParameters{MessageGroupId}}
        """,
        "AWS::Scheduler::Schedule": """
        Arn Description EndDate FlexibleTimeWindow{MaximumWindowInMinutes Mode} GroupName KmsKeyArn Name \
        ScheduleExpression ScheduleExpressionTimezone StartDate State Target{Arn DeadLetterConfig{Arn} \
        EcsParameters{CapacityProviderStrategy{Base CapacityProvider Weight} EnableECSManagedTags \
        EnableExecuteCommand Group LaunchType NetworkConfiguration{AwsvpcConfiguration{AssignPublicIp \
        SecurityGroups Subnets}} PlacementConstraints{Expression Type} PlacementStrategy{Field Type} \
        PlatformVersion PropagateTags ReferenceId Tags TaskCount TaskDefinitionArn} \
        EventBridgeParameters{DetailType Source} Input KinesisParameters{PartitionKey} \
        RetryPolicy{MaximumEventAgeInSeconds MaximumRetryAttempts} RoleArn \
        SageMakerPipelineParameters{PipelineParameterList{Name Value}} SqsParameters{MessageGroupId}}
        """,
        "AWS::Serverless::Application": """
        Location{ApplicationId SemanticVersion} NotificationARNs Parameters Tags TemplateUrl TimeoutInMinutes
        """,
    ]
}
