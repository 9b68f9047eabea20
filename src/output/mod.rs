//! Answers as text and files: one file per format.
