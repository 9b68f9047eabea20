//! What differs between two texts, line by line, as a unified diff shows it.

/// Lines shown around a difference.
const CONTEXT: usize = 3;

/// Beyond this many pairs of lines the middle is shown as replaced as a whole: comparing would take too long.
const MOST_PAIRS: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The differences between two texts as a unified diff without its head; empty when there are none.
pub fn difference(old: &str, new: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&before, &after);
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = (at..edits.len()).find(|&i| edits[i].0 != Edit::Keep) {
        let start = first.saturating_sub(CONTEXT).max(at);
        let mut last = first;
        while let Some(next) = (last + 1..edits.len().min(last + 2 * CONTEXT + 2)).find(|&i| edits[i].0 != Edit::Keep) {
            last = next;
        }
        let end = (last + 1 + CONTEXT).min(edits.len());
        push_hunk(&mut out, &edits, start, end);
        at = end;
    }
    out
}

fn push_hunk(out: &mut String, edits: &[(Edit, &str)], start: usize, end: usize) {
    let count = |range: &[(Edit, &str)], without: Edit| range.iter().filter(|(edit, _)| *edit != without).count();
    let (head, hunk) = (&edits[..start], &edits[start..end]);
    let place = |without: Edit| {
        let length = count(hunk, without);
        // A stretch of no lines is placed behind the line before it.
        format!("{},{length}", count(head, without) + usize::from(length > 0))
    };
    out.push_str(&format!("@@ -{} +{} @@\n", place(Edit::Add), place(Edit::Remove)));
    for (edit, line) in hunk {
        let mark = match edit {
            Edit::Keep => ' ',
            Edit::Remove => '-',
            Edit::Add => '+',
        };
        out.push(mark);
        out.push_str(line);
        out.push('\n');
    }
}

/// The shortest way from one list of lines to the other, found with the longest common subsequence.
fn edits<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<(Edit, &'t str)> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut edits: Vec<(Edit, &str)> = before[..head].iter().map(|line| (Edit::Keep, *line)).collect();
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        edits.extend(old.iter().map(|line| (Edit::Remove, *line)));
        edits.extend(new.iter().map(|line| (Edit::Add, *line)));
    } else {
        edits.extend(middle(old, new));
    }
    edits.extend(before[before.len() - tail..].iter().map(|line| (Edit::Keep, *line)));
    edits
}

fn middle<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(Edit, &'t str)> {
    // `common[i][j]` is how many lines `old[i..]` and `new[j..]` have in common.
    let mut common = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            edits.push((Edit::Keep, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            edits.push((Edit::Remove, old[i]));
            i += 1;
        } else {
            edits.push((Edit::Add, new[j]));
            j += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_between_what_stays() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), "");
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), "@@ -1,3 +1,4 @@\n a\n-b\n+x\n+y\n c\n");
        assert_eq!(difference("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
    }

    #[test]
    fn far_changes_are_shown_apart() {
        let old: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let mut new = old.clone();
        new[1] = "x".to_owned();
        new[18] = "y".to_owned();
        let found = difference(&old.join("\n"), &new.join("\n"));
        assert_eq!(found.matches("@@ -").count(), 2);
        assert!(found.ends_with("@@ -16,5 +16,5 @@\n 16\n 17\n 18\n-19\n+y\n 20\n"), "{found}");
    }
}
