//! Operators, functions and plugins of KQL that this engine knows by name and refuses.

/// Scalar functions that are refused with `unsupported-function`.
pub const FUNCTIONS: &[&str] = &[
    "all",
    "any",
    "cluster",
    "current_cluster_endpoint",
    "current_cursor",
    "current_node_id",
    "current_principal",
    "current_principal_details",
    "current_principal_is_member_of",
    "cursor_after",
    "cursor_before_or_at",
    "cursor_current",
    "database",
    "entity_group",
    "extent_id",
    "extent_tags",
    "extentid",
    "external_table",
    "geo_angle",
    "geo_azimuth",
    "geo_closest_point_on_line",
    "geo_closest_point_on_polygon",
    "geo_distance_2points",
    "geo_distance_point_to_line",
    "geo_distance_point_to_polygon",
    "geo_from_wkt",
    "geo_geohash_neighbors",
    "geo_geohash_to_central_point",
    "geo_geohash_to_polygon",
    "geo_h3cell_children",
    "geo_h3cell_level",
    "geo_h3cell_neighbors",
    "geo_h3cell_parent",
    "geo_h3cell_rings",
    "geo_h3cell_to_central_point",
    "geo_h3cell_to_polygon",
    "geo_info_from_ip_address",
    "geo_intersection_2lines",
    "geo_intersection_2polygons",
    "geo_intersection_line_with_polygon",
    "geo_intersects_2lines",
    "geo_intersects_2polygons",
    "geo_intersects_line_with_polygon",
    "geo_line_buffer",
    "geo_line_centroid",
    "geo_line_densify",
    "geo_line_interpolate_point",
    "geo_line_length",
    "geo_line_locate_point",
    "geo_line_simplify",
    "geo_line_to_s2cells",
    "geo_point_buffer",
    "geo_point_in_circle",
    "geo_point_in_polygon",
    "geo_point_to_geohash",
    "geo_point_to_h3cell",
    "geo_point_to_s2cell",
    "geo_polygon_area",
    "geo_polygon_buffer",
    "geo_polygon_centroid",
    "geo_polygon_densify",
    "geo_polygon_perimeter",
    "geo_polygon_simplify",
    "geo_polygon_to_h3cells",
    "geo_polygon_to_s2cells",
    "geo_s2cell_neighbors",
    "geo_s2cell_to_central_point",
    "geo_s2cell_to_polygon",
    "geo_simplify_polygons_array",
    "geo_union_lines_array",
    "geo_union_polygons_array",
    "graph",
    "hash_combine",
    "hash_many",
    "hll_isvalid",
    "inner_nodes",
    "labels",
    "map",
    "materialized_view",
    "node_degree_in",
    "node_degree_out",
    "node_id",
    "row_id",
    "row_rank",
    "rowstore_ordinal_range",
    "stored_query_result",
    "table",
    "tdigest_isvalid",
];

/// Why a function is refused.
pub fn why(name: &str) -> &'static str {
    match name {
        "all" | "any" | "graph" | "inner_nodes" | "labels" | "map" | "node_degree_in" | "node_degree_out"
        | "node_id" => GRAPHS,
        "hash_combine" | "hash_many" => {
            "how Kusto combines hashes is not published; hash one text instead: `hash(strcat(a, '|', b))`"
        }
        "current_principal" | "current_principal_details" | "current_principal_is_member_of" => {
            "nobody signs in here, so there is no principal"
        }
        "current_cluster_endpoint" | "current_node_id" => "only a cluster can answer it; data is local here",
        "extent_id" | "extent_tags" | "extentid" | "row_id" | "rowstore_ordinal_range" => {
            "it names pieces of a cluster's storage; data is in files here"
        }
        "current_cursor" | "cursor_after" | "cursor_before_or_at" | "cursor_current" => {
            "cursors count what a cluster takes in; filter by time instead"
        }
        "external_table" | "materialized_view" | "stored_query_result" | "table" => {
            "only a database keeps such a thing; data is in files here: name the table itself"
        }
        "cluster" | "database" | "entity_group" => "it stands for a place of tables, not for a value",
        "hll_isvalid" | "tdigest_isvalid" => "what it takes for valid is not published",
        "row_rank" => "it is out of date: there are `row_rank_dense` and `row_rank_min`",
        name if name.starts_with("geo_") => "this version does no geospatial work",
        _ => "this version does not run it",
    }
}

const GRAPHS: &str = "it belongs to graphs, which this version does not run";

/// Why an operator is refused, if it is.
pub fn operator(name: &str) -> Option<&'static str> {
    match name {
        "__executeAndCache" => Some("it is a mark of the service's own"),
        "make-graph" => Some(GRAPHS),
        name if name.starts_with("graph-") => Some(GRAPHS),
        _ => None,
    }
}

/// Aggregates that are refused with `unsupported-function`.
pub const AGGREGATES: &[&str] = &["passthrough"];

/// Why a plugin is refused.
const SERVICE: &str = "it calls a service, and queries use local data only";
const CODE: &str = "it runs code of another language";
const CLUSTER: &str = "only a cluster can answer it";
const GEO: &str = "geospatial functions are not supported";

/// Plugins that are refused with `unsupported-function`, and why.
pub const PLUGINS: &[(&str, &str)] = &[
    ("ai_chat_completion", SERVICE),
    ("ai_chat_completion_prompt", SERVICE),
    ("ai_embed_text", SERVICE),
    ("ai_embeddings", SERVICE),
    ("azure_digital_twins_query_request", SERVICE),
    ("cosmosdb_sql_request", SERVICE),
    ("csharp", CODE),
    ("dax_request", SERVICE),
    ("execute_query", CLUSTER),
    ("execute_show_command", CLUSTER),
    ("external_datatable", CLUSTER),
    ("geo_line_lookup", GEO),
    ("geo_polygon_lookup", GEO),
    ("http_request", SERVICE),
    ("http_request_post", SERVICE),
    ("identity_v3", CLUSTER),
    (
        "infer_storage_schema_with_suggestions",
        "its suggestions are for tables of a service; `infer_storage_schema` runs",
    ),
    ("mysql_request", SERVICE),
    ("postgresql_request", SERVICE),
    ("python", CODE),
    ("r", CODE),
    ("sql_request", SERVICE),
];
