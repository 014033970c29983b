//! The shell: steps, a transport, a clock.

use keybound_proto::id::Jti;

use crate::{Ambient, ClientError, Step, Steps, http::Http, watch::Watch};

/// Takes the steps one after the other until they are done.
///
/// A request that gets no answer is an error, not repeated here: whether it may be repeated is the caller's to
/// know. Repeated, it carries another proof.
pub async fn drive<S: Steps>(
    mut steps: S,
    http: &impl Http,
    ambient: &impl Ambient,
) -> Result<S::Output, ClientError> {
    let watch = Watch::exchange();
    let work = async {
        for attempt in 1.. {
            let request = steps.request(ambient.now(), &Jti::from_entropy(ambient.entropy()))?.sign().await?;
            watch.sending(&request, attempt);
            let response = http.send(request).await?;
            watch.answered(response.status());
            if let Step::Done(output) = steps.receive(&response)? {
                return Ok(output);
            }
            let [chance, ..] = ambient.entropy();
            ambient.pause(steps.retry().wait(chance)).await;
        }
        Err(ClientError::State)
    };
    watch.over(work).await
}
