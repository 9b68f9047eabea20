//! Plugins: what `evaluate` can call.

use super::{Param, Takes};
use crate::types::Type;

/// A plugin. What it does is in `bind::plugins`, in a function of its name.
#[derive(Clone, Copy)]
pub struct Plugin {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub params: &'static [Param],
    /// One sentence: what it does.
    pub summary: &'static str,
    /// A pipeline that shows it.
    pub example: &'static str,
}

const ID: Param = Param::one("id", Takes::NotDynamic);
const TIMELINE: Param = Param::one("timeline", Takes::Summable);
const START: Param = Param::one("start", Takes::AnyConstant);
const END: Param = Param::one("end", Takes::AnyConstant);
const MAYBE_START: Param = Param::optional("start", Takes::AnyConstant);
const MAYBE_END: Param = Param::optional("end", Takes::AnyConstant);
const STEP: Param = Param::one("step", Takes::AnyConstant);
const DIMENSIONS: Param = Param::any("dimension", Takes::NotDynamic);
const WEIGHT: Param = Param::optional("weight", Takes::Number);
const WILDCARDS: Param = Param::any("wildcard", Takes::AnyConstant);
const THRESHOLD: Param = Param::optional("threshold", Takes::Constant(Type::Real));
const MAX_DIMENSIONS: Param = Param::optional("max_dimensions", Takes::Constant(Type::Long));
const STATE: Param = Param::one("state", Takes::NotDynamic);
const SEQUENCE: Param = Param::one("sequence", Takes::Constant(Type::Dynamic));
const RETURN_UNMATCHED: Param = Param::optional("return_unmatched", Takes::Constant(Type::Bool));

/// The plugins that run.
pub const PLUGINS: &[Plugin] = &[
    Plugin {
        name: "active_users_count",
        params: &[
            ID,
            TIMELINE,
            START,
            END,
            Param::one("lookback", Takes::AnyConstant),
            Param::one("period", Takes::AnyConstant),
            Param::one("active_periods", Takes::Constant(Type::Long)),
            STEP,
            DIMENSIONS,
        ],
        summary: "Counts the users of each step who were seen in enough periods of the time before.",
        example: "ACSCallSummary | evaluate active_users_count(EndpointId, TimeGenerated, ago(30d), now(), 7d, 1d, 3, 1d)",
    },
    Plugin {
        name: "activity_counts_metrics",
        params: &[ID, TIMELINE, START, END, STEP, DIMENSIONS],
        summary: "Counts the rows, the users, the new users and all users so far of each step.",
        example: "ACSCallSummary | evaluate activity_counts_metrics(EndpointId, TimeGenerated, ago(7d), now(), 1d)",
    },
    Plugin {
        name: "activity_engagement",
        params: &[
            ID,
            TIMELINE,
            MAYBE_START,
            MAYBE_END,
            Param::one("inner", Takes::AnyConstant),
            Param::one("outer", Takes::AnyConstant),
            DIMENSIONS,
        ],
        summary: "Compares the users of each step with those of a longer window that ends with it.",
        example: "ACSCallSummary | evaluate activity_engagement(EndpointId, TimeGenerated, ago(28d), now(), 1d, 7d)",
    },
    Plugin {
        name: "activity_metrics",
        params: &[ID, TIMELINE, MAYBE_START, MAYBE_END, STEP, DIMENSIONS],
        summary: "Compares the users of each step with those of the step before: new ones, returned and lost ones.",
        example: "ACSCallSummary | evaluate activity_metrics(EndpointId, TimeGenerated, ago(28d), now(), 7d)",
    },
    Plugin {
        name: "autocluster",
        params: &[
            Param::optional("size_weight", Takes::Constant(Type::Real)),
            WEIGHT,
            Param::optional("seeds", Takes::Constant(Type::Long)),
            WILDCARDS,
        ],
        summary: "Finds a few patterns, values that come together, that tell most about the rows.",
        example: "ACSCallDiagnostics | project MediaType, Endpoint = EndpointType | evaluate autocluster()",
    },
    Plugin {
        name: "bag_unpack",
        params: &[
            Param::one("column", Takes::Exact(Type::Dynamic)),
            Param::optional("prefix", Takes::Constant(Type::String)),
            Param::optional("columns_conflict", Takes::Constant(Type::String)),
            Param::optional("ignored_properties", Takes::Constant(Type::Dynamic)),
        ],
        summary: "Turns the properties of a bag into columns.",
        example: "print d = dynamic({'a': 1, 'b': 'two'}) | evaluate bag_unpack(d)",
    },
    Plugin {
        name: "basket",
        params: &[THRESHOLD, WEIGHT, MAX_DIMENSIONS, WILDCARDS],
        summary: "Finds all patterns, values that come together, that a large enough share of the rows has.",
        example: "ACSCallDiagnostics | project MediaType, EndpointType | evaluate basket(0.2)",
    },
    Plugin {
        name: "dcount_intersect",
        params: &[Param::one("hll", Takes::Exact(Type::Dynamic)), Param::many("others", Takes::Exact(Type::Dynamic))],
        summary: "Counts the different values that the first, the first two, … of several summaries have all seen.",
        example: "range x from 1 to 9 step 1 | summarize a = hll(x), b = hll(x % 4) | evaluate dcount_intersect(a, b)",
    },
    Plugin {
        name: "diffpatterns",
        params: &[
            Param::one("split", Takes::Any),
            Param::one("value_a", Takes::Constant(Type::String)),
            Param::one("value_b", Takes::Constant(Type::String)),
            WEIGHT,
            THRESHOLD,
            MAX_DIMENSIONS,
            WILDCARDS,
        ],
        summary: "Finds patterns, values that come together, that one set of rows has more often than another.",
        example: "ACSCallDiagnostics | extend Loss = iff(PacketLossRateAvg > 0.02, 'bad', 'good') \
            | project Loss, MediaType, EndpointType | evaluate diffpatterns(Loss, 'bad', 'good')",
    },
    Plugin {
        name: "diffpatterns_text",
        params: &[
            Param::one("text", Takes::Exact(Type::String)),
            Param::one("condition", Takes::Exact(Type::Bool)),
            Param::optional("min_tokens", Takes::Constant(Type::Long)),
            THRESHOLD,
            Param::optional("max_tokens", Takes::Constant(Type::Long)),
        ],
        summary: "Finds sequences of words that come more often where a condition is true than where it is not.",
        example: "ACSCallSummary | evaluate diffpatterns_text(SdkVersion, CallType == 'Group')",
    },
    Plugin {
        name: "estimate_rows_count",
        params: &[],
        summary: "Counts the rows, exactly.",
        example: "ACSCallSummary | evaluate estimate_rows_count()",
    },
    Plugin {
        name: "funnel_sequence",
        params: &[ID, TIMELINE, START, END, Param::one("max_step_window", Takes::AnyConstant), STEP, STATE, SEQUENCE],
        summary: "Gives three results: what came before and after a sequence of states, what before, and what after.",
        example: "ACSCallSummary | evaluate funnel_sequence(EndpointId, TimeGenerated, ago(7d), now(), 1h, 1d, EndpointType, dynamic(['VoIP']))",
    },
    Plugin {
        name: "funnel_sequence_completion",
        params: &[
            ID,
            TIMELINE,
            START,
            END,
            STEP,
            STATE,
            SEQUENCE,
            Param::one("periods", Takes::Constant(Type::Dynamic)),
        ],
        summary: "Counts how many users come how far in a sequence of states, in several lengths of time.",
        example: "ACSCallSummary | evaluate funnel_sequence_completion(EndpointId, TimeGenerated, ago(7d), now(), 7d, EndpointType, dynamic(['VoIP', 'PSTN']), dynamic([1h, 1d]))",
    },
    Plugin {
        name: "identity",
        params: &[],
        summary: "Gives the rows as they are.",
        example: "print a = 1 | evaluate identity()",
    },
    Plugin {
        name: "infer_storage_schema",
        params: &[Param::one("options", Takes::Constant(Type::Dynamic))],
        summary: "Tells which columns files beside the tables seem to have.",
        example: "evaluate infer_storage_schema(dynamic({'StorageContainers': ['tests/data/external'], 'FileExtension': '.json', 'DataFormat': 'multijson'}))",
    },
    Plugin {
        name: "ipv4_lookup",
        params: &[
            Param::one("networks", Takes::Any),
            Param::one("ip", Takes::Exact(Type::String)),
            Param::one("network", Takes::Exact(Type::String)),
            Param::any("key", Takes::Any),
            RETURN_UNMATCHED,
        ],
        summary: "Joins each row with the rows of a table of IPv4 networks that its address is in.",
        example: "print ip = '10.1.2.3' | evaluate ipv4_lookup((print net = '10.0.0.0/8'), ip, net)",
    },
    Plugin {
        name: "ipv6_lookup",
        params: &[
            Param::one("networks", Takes::Any),
            Param::one("ip", Takes::Exact(Type::String)),
            Param::one("network", Takes::Exact(Type::String)),
            RETURN_UNMATCHED,
        ],
        summary: "Joins each row with the rows of a table of IPv6 or IPv4 networks that its address is in.",
        example: "print ip = 'fe80::1' | evaluate ipv6_lookup((print net = 'fe80::/64'), ip, net)",
    },
    Plugin {
        name: "narrow",
        params: &[],
        summary: "Turns each row into one row per column, with the row's number, the column's name and its value.",
        example: "print a = 1, b = 'two' | evaluate narrow()",
    },
    Plugin {
        name: "new_activity_metrics",
        params: &[
            ID,
            TIMELINE,
            START,
            END,
            STEP,
            Param::optional("cohort", Takes::Any),
            DIMENSIONS,
            Param::optional("lookback", Takes::Any),
        ],
        summary: "Follows the users first seen in each step through all later steps: new, retained and lost ones.",
        example: "ACSCallSummary | evaluate new_activity_metrics(EndpointId, TimeGenerated, ago(28d), now(), 7d)",
    },
    Plugin {
        name: "pivot",
        params: &[
            Param::one("column", Takes::Any),
            Param::optional("aggregate", Takes::Any),
            Param::any("kept", Takes::Any),
        ],
        summary: "Turns the values of a column into columns, with an aggregate of the rows that have each.",
        example: "datatable(k: string, v: long) ['a', 1, 'b', 2, 'a', 3] | evaluate pivot(k, sum(v))",
    },
    Plugin {
        name: "preview",
        params: &[Param::one("rows", Takes::Constant(Type::Long))],
        summary: "Gives two results: the first rows, and the number of all rows.",
        example: "range x from 1 to 10 step 1 | evaluate preview(2)",
    },
    Plugin {
        name: "rolling_percentile",
        params: &[
            Param::one("value", Takes::Summable),
            Param::one("percentile", Takes::Constant(Type::Real)),
            Param::one("index", Takes::Summable),
            Param::one("bin_size", Takes::AnyConstant),
            Param::one("bins_per_window", Takes::Constant(Type::Long)),
            DIMENSIONS,
        ],
        summary: "Finds a percentile of the values in each bin and the bins before it.",
        example: "ACSCallSummary | evaluate rolling_percentile(CallDuration, 95, TimeGenerated, 1d, 7)",
    },
    Plugin {
        name: "rows_near",
        params: &[
            Param::one("condition", Takes::Exact(Type::Bool)),
            Param::one("before", Takes::Constant(Type::Long)),
            Param::optional("behind", Takes::Constant(Type::Long)),
        ],
        summary: "Keeps rows close to one for which a condition is true.",
        example: "range x from 1 to 9 step 1 | evaluate rows_near(x == 5, 1)",
    },
    Plugin {
        name: "schema_merge",
        params: &[Param::optional("PreserveOrder", Takes::Constant(Type::Bool))],
        summary: "Makes one schema of several that `getschema` gave.",
        example: "union (print a = 1 | getschema), (print a = 1, b = 2 | getschema) | evaluate schema_merge()",
    },
    Plugin {
        name: "sequence_detect",
        params: &[
            Param::one("timeline", Takes::Summable),
            Param::one("max_step_window", Takes::AnyConstant),
            Param::one("max_span", Takes::AnyConstant),
            Param::one("condition", Takes::Exact(Type::Bool)),
            Param::any("condition_or_dimension", Takes::NotDynamic),
        ],
        summary: "Finds the times at which conditions became true one after the other.",
        example: "ACSCallSummary | evaluate sequence_detect(TimeGenerated, 1h, 1d, voip = EndpointType == 'VoIP', pstn = EndpointType == 'PSTN', CorrelationId)",
    },
    Plugin {
        name: "session_count",
        params: &[ID, TIMELINE, START, END, STEP, Param::one("lookback", Takes::AnyConstant), DIMENSIONS],
        summary: "Counts the sessions seen in each step; a session ends where a user is not seen for long enough.",
        example: "ACSCallSummary | evaluate session_count(EndpointId, TimeGenerated, ago(7d), now(), 1h, 30m)",
    },
    Plugin {
        name: "sliding_window_counts",
        params: &[ID, TIMELINE, START, END, Param::one("lookback", Takes::AnyConstant), STEP, DIMENSIONS],
        summary: "Counts the rows and the users of a window that slides on step by step.",
        example: "ACSCallSummary | evaluate sliding_window_counts(EndpointId, TimeGenerated, ago(7d), now(), 3d, 1d)",
    },
];

/// The plugin of a name.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|row| row.name == name)
}
