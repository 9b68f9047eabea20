//! Threads that turn text into rows, and the order in which their results are taken.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::rows::{Parsed, Rows};
use crate::error::{Error, Result};

/// What a thread does. It tells what came of it as soon as that is known, and may then have more to do.
pub(super) type Job<'env> = Box<dyn FnOnce(&mut Rows, Teller) + Send + 'env>;

/// Tells what came of a job.
pub(super) struct Teller(Sender<Result<Parsed>>);

impl Teller {
    pub(super) fn tell(self, outcome: Result<Parsed>) {
        // Nobody may want to know any more.
        let _ = self.0.send(outcome);
    }
}

/// What will come of a job.
pub(super) struct Promise(Receiver<Result<Parsed>>);

impl Promise {
    /// Waits for it.
    pub(super) fn get(self) -> Result<Parsed> {
        self.0.recv().unwrap_or_else(|_| Err(Error::Engine("a thread that reads ended early".to_owned())))
    }
}

/// Threads that wait for jobs. They end when the pool is dropped.
pub(super) struct Pool<'env> {
    jobs: Sender<(Job<'env>, Teller)>,
    /// How many there are.
    pub(super) threads: usize,
}

impl<'env> Pool<'env> {
    pub(super) fn new<'scope>(scope: &'scope Scope<'scope, 'env>, threads: usize) -> Self {
        let (jobs, queue) = channel::<(Job<'env>, Teller)>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            scope.spawn(move || {
                let mut rows = Rows::new();
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((job, teller)) = next else { return };
                    job(&mut rows, teller);
                }
            });
        }
        Self { jobs, threads }
    }

    pub(super) fn submit(&self, job: Job<'env>) -> Promise {
        let (done, promise) = channel();
        // If all threads are gone, the promise says so.
        let _ = self.jobs.send((job, Teller(done)));
        Promise(promise)
    }
}
