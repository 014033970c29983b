//! The shell: steps, a transport, a clock.

use crate::{Ambient, ClientError, Step, Steps, http::Http, key::jti};

/// Takes the steps one after the other until they are done.
///
/// A request that gets no answer is an error, not repeated here: whether it may be repeated is the caller's to
/// know. Repeated, it carries another proof.
pub async fn drive<S: Steps>(
    mut steps: S,
    http: &impl Http,
    ambient: &impl Ambient,
) -> Result<S::Output, ClientError> {
    loop {
        let request = steps.request(ambient.now(), &jti(ambient.entropy()))?.sign().await?;
        match steps.receive(&http.send(request).await?)? {
            Step::Again => {
                let [chance, ..] = ambient.entropy();
                ambient.pause(steps.retry().wait(chance)).await;
            }
            Step::Done(output) => return Ok(output),
        }
    }
}
