//! Functions and plugins of KQL that this engine knows by name and refuses.

/// Scalar functions that are refused with `unsupported-function`.
pub const FUNCTIONS: &[&str] = &[];

/// Aggregates that are refused with `unsupported-function`.
pub const AGGREGATES: &[&str] = &[];

/// Plugins that are refused with `unsupported-function`.
pub const PLUGINS: &[&str] = &[
    "active_users_count",
    "activity_counts_metrics",
    "activity_engagement",
    "activity_metrics",
    "ai_chat_completion",
    "ai_chat_completion_prompt",
    "ai_embed_text",
    "ai_embeddings",
    "autocluster",
    "azure_digital_twins_query_request",
    "basket",
    "cosmosdb_sql_request",
    "csharp",
    "dax_request",
    "dcount_intersect",
    "diffpatterns",
    "estimate_rows_count",
    "execute_query",
    "execute_show_command",
    "external_datatable",
    "funnel_sequence",
    "funnel_sequence_completion",
    "geo_line_lookup",
    "geo_polygon_lookup",
    "http_request",
    "http_request_post",
    "identity",
    "identity_v3",
    "infer_storage_schema",
    "infer_storage_schema_with_suggestions",
    "ipv4_lookup",
    "ipv6_lookup",
    "mysql_request",
    "new_activity_metrics",
    "postgresql_request",
    "preview",
    "python",
    "r",
    "rolling_percentile",
    "rows_near",
    "sequence_detect",
    "session_count",
    "sliding_window_counts",
    "sql_request",
];
