//! Goes through a tree from the outside in, in the order of the text.

use super::ast::{
    Expr, ExprKind, FindProject, Function, LetValue, MvExpandColumn, NamedExpr, Operator, OperatorKind, Option_,
    Parameter, PartitionBody, Pipeline, Query, SortKey, Statement, StatementKind, TableSource,
};

/// A part of a tree.
#[derive(Clone, Copy, Debug)]
pub enum Node<'q> {
    /// A statement, also of the body of a function.
    Statement(&'q Statement),
    /// A function with its body.
    Function(&'q Function),
    /// A source and operators.
    Pipeline(&'q Pipeline),
    /// One of the operators; its own pipelines and expressions follow.
    Operator(&'q Operator),
    /// An expression; its parts follow.
    Expr(&'q Expr),
}

/// Shows every part of a request to a function.
pub fn walk<'q>(query: &'q Query, see: &mut dyn FnMut(Node<'q>)) {
    for statement in &query.statements {
        walk_statement(statement, see);
    }
}

/// Shows a statement and its parts.
pub fn walk_statement<'q>(statement: &'q Statement, see: &mut dyn FnMut(Node<'q>)) {
    see(Node::Statement(statement));
    match &statement.kind {
        StatementKind::Expression(expr) | StatementKind::Alias { value: expr, .. } => walk_expr(expr, see),
        StatementKind::Let(let_) => match &let_.value {
            LetValue::Expr(expr) => walk_expr(expr, see),
            LetValue::Function(function) => walk_function(function, see),
        },
        StatementKind::Set(option) => walk_all(&option.value, see),
        StatementKind::QueryParameters(parameters) => walk_parameters(parameters, see),
        StatementKind::Pattern(pattern) => {
            for case in &pattern.cases {
                walk_all(case.args.iter().chain(&case.path), see);
                walk_function(&case.body, see);
            }
        }
        StatementKind::Restrict(entities) => walk_all(entities, see),
        StatementKind::Command(command) => {
            walk_operators(&command.operators, see);
            if let Some(query) = &command.query {
                walk_expr(query, see);
            }
            if let Some(definition) = &command.function {
                walk_function(&definition.function, see);
            }
        }
    }
}

fn walk_function<'q>(function: &'q Function, see: &mut dyn FnMut(Node<'q>)) {
    see(Node::Function(function));
    walk_parameters(&function.parameters, see);
    walk(&function.body, see);
}

fn walk_parameters<'q>(parameters: &'q [Parameter], see: &mut dyn FnMut(Node<'q>)) {
    walk_all(parameters.iter().filter_map(|parameter| parameter.default.as_ref()), see);
}

/// Shows an expression and its parts.
pub fn walk_expr<'q>(expr: &'q Expr, see: &mut dyn FnMut(Node<'q>)) {
    see(Node::Expr(expr));
    match &expr.kind {
        ExprKind::Call(call) => walk_all(call.args.iter().map(|arg| &arg.value), see),
        ExprKind::Member(base, _) | ExprKind::Unary(_, base) | ExprKind::Paren(base) => walk_expr(base, see),
        ExprKind::Path(a, b) | ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            walk_expr(a, see);
            walk_expr(b, see);
        }
        ExprKind::In(_, value, list) => {
            walk_expr(value, see);
            walk_all(list, see);
        }
        ExprKind::Between { value, low, high, .. } => {
            walk_expr(value, see);
            walk_expr(low, see);
            walk_expr(high, see);
        }
        ExprKind::EntityGroup(members) => walk_all(members, see),
        ExprKind::Pipeline(pipeline) => walk_pipeline(pipeline, see),
        ExprKind::Name(_)
        | ExprKind::Wildcard(_)
        | ExprKind::Literal(_)
        | ExprKind::TypeOf(_)
        | ExprKind::Star
        | ExprKind::Other(_) => {}
    }
}

fn walk_pipeline<'q>(pipeline: &'q Pipeline, see: &mut dyn FnMut(Node<'q>)) {
    see(Node::Pipeline(pipeline));
    match &pipeline.source {
        TableSource::Expr(expr) => walk_expr(expr, see),
        TableSource::Operator(operator) => walk_operator(operator, see),
    }
    walk_operators(&pipeline.operators, see);
}

fn walk_operators<'q>(operators: &'q [Operator], see: &mut dyn FnMut(Node<'q>)) {
    operators.iter().for_each(|operator| walk_operator(operator, see));
}

/// Shows an operator and its parts.
pub fn walk_operator<'q>(operator: &'q Operator, see: &mut dyn FnMut(Node<'q>)) {
    see(Node::Operator(operator));
    match &operator.kind {
        OperatorKind::Where(o) => walk_expr(&o.predicate, see),
        OperatorKind::Project(o) => walk_named(&o.columns, see),
        OperatorKind::ProjectAway(o) => walk_all(&o.columns, see),
        OperatorKind::ProjectKeep(o) => walk_all(&o.columns, see),
        OperatorKind::ProjectByNames(o) => walk_all(&o.columns, see),
        OperatorKind::ProjectRename(o) => walk_named(&o.columns, see),
        OperatorKind::ProjectReorder(o) => walk_all(o.columns.iter().map(|(expr, _)| expr), see),
        OperatorKind::Extend(o) => walk_named(&o.columns, see),
        OperatorKind::Serialize(o) => walk_named(&o.columns, see),
        OperatorKind::Print(o) => walk_named(&o.columns, see),
        OperatorKind::Distinct(o) => walk_named(&o.columns, see),
        OperatorKind::Summarize(o) => walk_named(o.aggregates.iter().chain(&o.groups), see),
        OperatorKind::Take(o) => walk_expr(&o.count, see),
        OperatorKind::Sample(o) => walk_expr(&o.count, see),
        OperatorKind::SampleDistinct(o) => walk_all([&o.count, &o.of], see),
        OperatorKind::Sort(o) => walk_keys(&o.keys, see),
        OperatorKind::Top(o) => {
            walk_expr(&o.count, see);
            walk_keys(&o.keys, see);
        }
        OperatorKind::TopHitters(o) => {
            walk_expr(&o.count, see);
            walk_named([&o.of].into_iter().chain(&o.by), see);
        }
        OperatorKind::TopNested(o) => {
            for level in &o.levels {
                walk_all(
                    level.count.iter().chain([&level.of.value]).chain(&level.others).chain([&level.by.value]),
                    see,
                );
            }
        }
        OperatorKind::Join(o) => walk_all([&o.right].into_iter().chain(&o.on), see),
        OperatorKind::Lookup(o) => walk_all([&o.right].into_iter().chain(&o.on), see),
        OperatorKind::Union(o) => walk_all(&o.tables, see),
        OperatorKind::Datatable(o) => walk_all(&o.values, see),
        OperatorKind::ExternalData(o) => walk_all(&o.uris, see),
        OperatorKind::Evaluate(o) => walk_all(o.call.args.iter().map(|arg| &arg.value), see),
        OperatorKind::Invoke(o) => walk_all(o.call.args.iter().map(|arg| &arg.value), see),
        OperatorKind::Facet(o) => {
            walk_all(&o.columns, see);
            walk_operators(&o.with, see);
        }
        OperatorKind::Fork(o) => o.branches.iter().for_each(|(_, operators)| walk_operators(operators, see)),
        OperatorKind::Find(o) => {
            walk_all(o.tables.iter().chain([&o.predicate]), see);
            match &o.project {
                FindProject::Smart => {}
                FindProject::Columns(columns) => walk_all(columns.iter().map(|column| &column.column), see),
                FindProject::Away(columns) => walk_all(columns, see),
            }
        }
        OperatorKind::Search(o) => walk_all(o.tables.iter().chain([&o.predicate]), see),
        OperatorKind::MacroExpand(o) => {
            walk_expr(&o.group, see);
            walk(&o.body, see);
        }
        OperatorKind::MakeSeries(o) => {
            for (aggregate, default) in &o.aggregates {
                walk_all([&aggregate.value].into_iter().chain(default), see);
            }
            walk_all([&o.on.value].into_iter().chain(&o.from).chain(&o.to).chain([&o.step]), see);
            walk_named(&o.by, see);
        }
        OperatorKind::MvExpand(o) => walk_expanded(&o.columns, &o.limit, see),
        OperatorKind::MvApply(o) => {
            walk_expanded(&o.columns, &o.limit, see);
            walk_operators(&o.body, see);
        }
        OperatorKind::Parse(o) => walk_expr(&o.text, see),
        OperatorKind::ParseKv(o) => walk_expr(&o.text, see),
        OperatorKind::Partition(o) => {
            walk_expr(&o.by, see);
            match &o.body {
                PartitionBody::Operators(operators) => walk_operators(operators, see),
                PartitionBody::Query(query) => walk(query, see),
            }
        }
        OperatorKind::PartitionBy(o) => {
            walk_expr(&o.by, see);
            walk_operators(&o.body, see);
        }
        OperatorKind::Range(o) => walk_all([&o.from, &o.to, &o.step], see),
        OperatorKind::Reduce(o) => walk_named([&o.by], see),
        OperatorKind::Render(o) => walk_values(&o.properties, see),
        OperatorKind::Scan(o) => {
            walk_all(&o.partition_by, see);
            walk_keys(&o.order_by, see);
            walk_parameters(&o.declare, see);
            for step in &o.steps {
                walk_expr(&step.condition, see);
                walk_named(&step.assignments, see);
            }
        }
        OperatorKind::As(_)
        | OperatorKind::AssertSchema(_)
        | OperatorKind::Consume(_)
        | OperatorKind::Count(_)
        | OperatorKind::ExecuteAndCache
        | OperatorKind::GetSchema(_)
        | OperatorKind::Graph(_) => {}
    }
}

fn walk_all<'q>(exprs: impl IntoIterator<Item = &'q Expr>, see: &mut dyn FnMut(Node<'q>)) {
    exprs.into_iter().for_each(|expr| walk_expr(expr, see));
}

fn walk_named<'q>(items: impl IntoIterator<Item = &'q NamedExpr>, see: &mut dyn FnMut(Node<'q>)) {
    items.into_iter().for_each(|item| walk_expr(&item.value, see));
}

fn walk_keys<'q>(keys: &'q [SortKey], see: &mut dyn FnMut(Node<'q>)) {
    keys.iter().for_each(|key| walk_expr(&key.expr.value, see));
}

fn walk_values<'q>(options: &'q [Option_], see: &mut dyn FnMut(Node<'q>)) {
    options.iter().for_each(|option| walk_expr(&option.value, see));
}

fn walk_expanded<'q>(columns: &'q [MvExpandColumn], limit: &'q Option<Expr>, see: &mut dyn FnMut(Node<'q>)) {
    walk_all(columns.iter().map(|column| &column.expr.value).chain(limit), see);
}
