//! Where formatted text is collected: lines, indentation, and the comments that travel along.

use crate::span::Span;
use crate::syntax::comment::comments;

/// Columns after which a list is broken into lines.
const WIDTH: usize = 100;
const INDENT: &str = "    ";

/// The text so far, and what is needed to go on.
pub(super) struct Writer<'t> {
    source: &'t str,
    out: String,
    indent: usize,
    /// Comments of the source not yet written, the next one last.
    comments: Vec<Span>,
    /// Comments that go to the end of the line being written, and the indentation of those that do not fit there.
    trailing: Vec<(&'t str, usize)>,
}

/// A state to come back to.
pub(super) struct Mark<'t> {
    length: usize,
    comments: Vec<Span>,
    trailing: Vec<(&'t str, usize)>,
}

impl<'t> Writer<'t> {
    /// A writer for a text that has no mistakes.
    pub(super) fn new(source: &'t str) -> Self {
        let mut comments = comments(source);
        comments.reverse();
        Self { source, out: String::new(), indent: 0, comments, trailing: Vec::new() }
    }

    /// The whole text, with the comments that are left.
    pub(super) fn finish(mut self) -> String {
        self.comments_before(u32::MAX);
        self.end_line();
        self.out
    }

    /// Adds text to the line.
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Adds the source text of a place as it is, its comments included.
    pub(super) fn push_source(&mut self, span: Span) {
        self.comments.retain(|comment| comment.start < span.start || comment.start >= span.end);
        self.out.push_str(self.source(span).trim());
        // What follows must not become part of a comment.
        if comments(self.source(span)).iter().any(|comment| !self.source(span)[comment.range().end..].contains('\n')) {
            self.line();
        }
    }

    fn source(&self, span: Span) -> &'t str {
        self.source.get(span.range()).unwrap_or("")
    }

    /// Starts a new line.
    pub(super) fn line(&mut self) {
        self.end_line();
        for _ in 0..self.indent {
            self.out.push_str(INDENT);
        }
    }

    /// Leaves an empty line where the source has one between two places.
    pub(super) fn keep_gap(&mut self, from: u32, to: u32) {
        let gap = self.source.get(from as usize..to as usize).unwrap_or("");
        // A comment in the gap brings its own lines, so only what stands before it counts.
        let before = gap.split("//").next().unwrap_or("");
        let after_end = before.split_once('\n').map_or("", |(_, after)| after);
        if after_end.contains('\n')
            || gap.split('\n').skip(1).any(|line| line.trim().is_empty() && gap.contains("\n\n"))
        {
            self.end_line();
            self.out.push('\n');
        }
    }

    fn end_line(&mut self) {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        for (at, (comment, indent)) in std::mem::take(&mut self.trailing).into_iter().enumerate() {
            let fresh = self.out.is_empty() || self.out.ends_with('\n');
            if at > 0 {
                self.out.push('\n');
            }
            self.out.push_str(&if at > 0 || fresh { INDENT.repeat(indent) } else { " ".to_owned() });
            self.out.push_str(comment);
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Runs a part one level further in.
    pub(super) fn indented(&mut self, part: impl FnOnce(&mut Self)) {
        self.indent += 1;
        part(self);
        self.indent -= 1;
    }

    /// Writes the comments that stand before an offset of the source, each on its own line.
    pub(super) fn comments_before(&mut self, offset: u32) {
        while let Some(comment) = self.comments.pop_if(|comment| comment.start < offset) {
            self.line();
            self.out.push_str(self.source(comment).trim_end());
        }
    }

    /// Takes the comments inside of a place, and one behind it on the same line, to the end of the line.
    pub(super) fn comments_within(&mut self, span: Span) {
        while let Some(&comment) = self.comments.last() {
            let between = self.source.get(span.end as usize..comment.start as usize);
            let behind = between.is_some_and(|gap| {
                !gap.contains('\n') && gap.chars().all(|c| c.is_whitespace() || matches!(c, ';' | ','))
            });
            if comment.start >= span.end && !behind {
                return;
            }
            self.comments.pop();
            self.trailing.push((self.source(comment).trim_end(), self.indent));
        }
    }

    /// A state to come back to with [`Self::reset`].
    pub(super) fn mark(&self) -> Mark<'t> {
        Mark { length: self.out.len(), comments: self.comments.clone(), trailing: self.trailing.clone() }
    }

    /// Forgets everything since a mark.
    pub(super) fn reset(&mut self, mark: Mark<'t>) {
        self.out.truncate(mark.length);
        self.comments = mark.comments;
        self.trailing = mark.trailing;
    }

    /// Whether a line written since the mark is too wide, and none was ended since.
    pub(super) fn too_wide(&self, mark: &Mark<'t>) -> bool {
        let start = self.out[..mark.length].rfind('\n').map_or(0, |at| at + 1);
        let lines = &self.out[start..];
        !self.out[mark.length..].contains('\n') && lines.chars().count() > WIDTH
    }
}
