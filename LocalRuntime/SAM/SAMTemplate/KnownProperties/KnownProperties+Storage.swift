/// The properties of buckets and queues.
extension KnownProperties {
    static let storage = [
        "AWS::S3::Bucket": """
        AbacStatus AccelerateConfiguration{AccelerationStatus} AccessControl AnalyticsConfigurations{Id Prefix \
        StorageClassAnalysis{DataExport{Destination{BucketAccountId BucketArn Format Prefix} OutputSchemaVersion}} \
        TagFilters{Key Value}} Arn \
        BucketEncryption{ServerSideEncryptionConfiguration{BlockedEncryptionTypes{EncryptionType} BucketKeyEnabled \
        ServerSideEncryptionByDefault{KMSMasterKeyID SSEAlgorithm}}} BucketName BucketNamePrefix BucketNamespace \
        CorsConfiguration{CorsRules{AllowedHeaders AllowedMethods AllowedOrigins ExposedHeaders Id MaxAge}} \
        DomainName DualStackDomainName IntelligentTieringConfigurations{Id Prefix Status TagFilters{Key Value} \
        Tierings{AccessTier Days}} InventoryConfigurations{Destination{BucketAccountId BucketArn Format Prefix} \
        Enabled Id IncludedObjectVersions OptionalFields Prefix ScheduleFrequency} \
        LifecycleConfiguration{Rules{AbortIncompleteMultipartUpload{DaysAfterInitiation} ExpirationDate \
        ExpirationInDays ExpiredObjectDeleteMarker Id NoncurrentVersionExpiration{NewerNoncurrentVersions \
        NoncurrentDays} NoncurrentVersionExpirationInDays NoncurrentVersionTransition{NewerNoncurrentVersions \
        StorageClass TransitionInDays} NoncurrentVersionTransitions{NewerNoncurrentVersions StorageClass \
        TransitionInDays} ObjectSizeGreaterThan ObjectSizeLessThan Prefix Status TagFilters{Key Value} \
        Transition{StorageClass TransitionDate TransitionInDays} Transitions{StorageClass TransitionDate \
        TransitionInDays}} TransitionDefaultMinimumObjectSize} LoggingConfiguration{DestinationBucketName \
        LogFilePrefix TargetObjectKeyFormat{PartitionedPrefix{PartitionDateSource} SimplePrefix}} \
        MetadataConfiguration{Destination{TableBucketArn TableBucketType TableNamespace} \
        InventoryTableConfiguration{ConfigurationState EncryptionConfiguration{KmsKeyArn SseAlgorithm} TableArn \
        TableName} JournalTableConfiguration{EncryptionConfiguration{KmsKeyArn SseAlgorithm} RecordExpiration{Days \
        Expiration} TableArn TableName}} MetadataTableConfiguration{S3TablesDestination{TableArn TableBucketArn \
        TableName TableNamespace}} MetricsConfigurations{AccessPointArn Id Prefix TagFilters{Key Value}} \
        NotificationConfiguration{EventBridgeConfiguration{EventBridgeEnabled} LambdaConfigurations{Event \
        Filter{S3Key{Rules{Name Value}}} Function} QueueConfigurations{Event Filter{S3Key{Rules{Name Value}}} \
        Queue} TopicConfigurations{Event Filter{S3Key{Rules{Name Value}}} Topic}} \
        ObjectLockConfiguration{ObjectLockEnabled Rule{DefaultRetention{Days Mode Years}}} ObjectLockEnabled \
        OwnershipControls{Rules{ObjectOwnership}} PublicAccessBlockConfiguration{BlockPublicAcls BlockPublicPolicy \
        IgnorePublicAcls RestrictPublicBuckets} RegionalDomainName ReplicationConfiguration{Role \
        Rules{DeleteMarkerReplication{Status} Destination{AccessControlTranslation{Owner} Account Bucket \
        EncryptionConfiguration{ReplicaKmsKeyID} Metrics{EventThreshold{Minutes} Status} ReplicationTime{Status \
        Time{Minutes}} StorageClass} Filter{And{Prefix TagFilters{Key Value}} Prefix TagFilter{Key Value}} Id \
        Prefix Priority SourceSelectionCriteria{ReplicaModifications{Status} SseKmsEncryptedObjects{Status}} \
        Status}} Tags{Key Value} VersioningConfiguration{Status} WebsiteConfiguration{ErrorDocument IndexDocument \
        RedirectAllRequestsTo{HostName Protocol} RoutingRules{RedirectRule{HostName HttpRedirectCode Protocol \
        ReplaceKeyPrefixWith ReplaceKeyWith} RoutingRuleCondition{HttpErrorCodeReturnedEquals KeyPrefixEquals}}} \
        WebsiteURL
        """,
        "AWS::SQS::Queue": """
        Arn ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit \
        KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName QueueUrl \
        ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy{deadLetterTargetArn maxReceiveCount} \
        SqsManagedSseEnabled Tags{Key Value} VisibilityTimeout
        """,
    ]
}
