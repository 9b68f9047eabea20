//! What the same resource writes beside calls: messages, mail, chat, job routing, relays.

use super::super::RESOURCE_HOST;
use super::super::book::{Book, at};
use super::super::call::SECOND;
use super::super::rng::Rng;

/// The purpose of streams of random numbers about these rows.
pub(super) const SIDE: u64 = 5;

/// One call in so many brings rows of each kind for certain, so that no table stays empty.
const CERTAINLY: u64 = 60;

/// Writes the rows of one kind.
type Write = fn(i64, &mut Rng, &mut Book);

pub(super) fn write(time: i64, number: u64, rng: &mut Rng, book: &mut Book) {
    let kinds: [(f64, Write); 7] = [
        (0.05, write_sms),
        (0.03, write_mail),
        (0.06, write_chat),
        (0.02, write_message),
        (0.02, write_job),
        (0.02, write_relay),
        (0.004, write_opt_out),
    ];
    for (kind, (share, write)) in (0..).zip(kinds) {
        if number % CERTAINLY == kind || rng.chance(share) {
            write(time + rng.between(0, 600) * SECOND, rng, book);
        }
    }
}

fn write_sms(time: i64, rng: &mut Rng, book: &mut Book) {
    let (message, number) = (rng.guid(), format!("+1555{:07}", rng.below(10_000_000)));
    let (result, description) = rng.weighted(&[
        (93, ("Succeeded", "")),
        (5, ("Failed", "ErrorCode: 4005. ErrorMessage: The number cannot be reached.")),
        (2, ("Blocked", "OptOut")),
    ]);
    let outcome = [("SMSMessagesSent", "Succeeded", ""), ("SMSDeliveryReportsReceived", result, description)];
    for (name, result, description) in outcome {
        let report = name != "SMSMessagesSent";
        book.row(at::SMS, if report { time + rng.between(1, 60) * SECOND } else { time })
            .text("CorrelationId", &rng.guid())
            .text("MessageId", &message)
            .text("OperationName", name)
            .text("OperationVersion", "2021-03-07")
            .text("ResultType", result)
            .text("ResultSignature", if report { "200" } else { "202" })
            .text("ResultDescription", description)
            .whole("DurationMs", rng.between(20, 400))
            .text("Country", "US")
            .whole("DeliveryAttempts", report.then_some(1))
            .text("Method", if report { "" } else { "POST" })
            .text("NumberType", rng.pick(&["TollFree", "ShortCode", "LongCode"]))
            .whole("OutgoingMessageLength", (!report).then(|| rng.between(8, 300)))
            .text("PhoneNumber", &number)
            .text("SdkType", "dotnet")
            .end();
    }
}

fn write_mail(time: i64, rng: &mut Rng, book: &mut Book) {
    let (message, recipient) = (rng.guid(), rng.guid());
    book.row(at::MAIL, time)
        .text("CorrelationId", &message)
        .text("OperationName", "SendMail")
        .whole("AttachmentsCount", rng.between(0, 2))
        .whole("BccRecipientsCount", 0)
        .whole("CcRecipientsCount", 0)
        .text("Location", "westeurope")
        .real("Size", libm::round(rng.around(30.0, 1.0) * 100.0) / 100.0)
        .whole("ToRecipientsCount", 1)
        .text("TrafficSource", "SDK")
        .whole("UniqueRecipientsCount", 1)
        .end();
    let (status, smtp, hard) = rng.weighted(&[
        (92, ("Delivered", "250", "False")),
        (4, ("Bounced", "550", "True")),
        (2, ("Suppressed", "", "False")),
        (2, ("Failed", "451", "False")),
    ]);
    // What is about the whole message names no recipient.
    let whole = rng.weighted(&[(97, "OutForDelivery"), (3, "Failed")]);
    let states = [(2, "", whole, "", "False"), (9, recipient.as_str(), status, smtp, hard)];
    for (seconds, recipient, status, smtp, hard) in states {
        book.row(at::MAIL_STATUS, time + seconds * SECOND)
            .text("CorrelationId", &message)
            .text("RecipientId", recipient)
            .text("OperationName", "DeliveryStatusUpdate")
            .text("DeliveryStatus", status)
            .text("IsHardBounce", hard)
            .text("Location", "westeurope")
            .text("SenderDomain", "harbour.example")
            .text("SenderUsername", "no-reply")
            .text("SmtpStatusCode", smtp)
            .end();
    }
    book.row(at::MAIL_OPENED, time + rng.between(60, 20_000) * SECOND)
        .text("CorrelationId", &message)
        .text("RecipientId", &recipient)
        .text("OperationName", "UserEngagementUpdate")
        .text("EngagementType", rng.weighted(&[(80, "View"), (20, "Click")]))
        .text("Location", "westeurope")
        .text("UserAgent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
        .end();
}

fn write_chat(time: i64, rng: &mut Rng, book: &mut Book) {
    let thread = format!("19:{}@thread.v2", rng.guid().replace('-', ""));
    for (second, name) in [(0, "CreateChatThread"), (5, "SendChatMessage"), (6, "GetChatMessage")] {
        let (result, signature) = rng.weighted(&[(97, ("Succeeded", "200")), (3, ("Failed", "403"))]);
        book.row(at::CHAT, time + second * SECOND)
            .text("CorrelationId", &rng.guid())
            .text("ChatThreadId", &thread)
            .text("OperationName", name)
            .text("OperationVersion", "2021-09-07")
            .text("ResultType", result)
            .text("ResultSignature", signature)
            .whole("DurationMs", rng.between(8, 250))
            .text("CallerIpAddress", "203.0.113.40")
            .text("PlatformType", "JavaScript")
            .text("SdkType", "js")
            .text("URI", &format!("{RESOURCE_HOST}/chat/threads/{thread}"))
            .end();
    }
}

fn write_message(time: i64, rng: &mut Rng, book: &mut Book) {
    let channel = rng.guid();
    for (second, status) in [(0, "accepted"), (3, rng.weighted(&[(90, "delivered"), (6, "read"), (4, "failed")]))] {
        let is_failed = status == "failed";
        book.row(at::MESSAGES, time + second * SECOND)
            .text("CorrelationId", &rng.guid())
            .text("ChannelId", &channel)
            .text("OperationName", "SendMessage")
            .text("OperationVersion", "2024-02-01")
            .text("ResultType", if is_failed { "Failed" } else { "Succeeded" })
            .text("ResultSignature", if is_failed { "400" } else { "202" })
            .whole("DurationMs", rng.between(30, 500))
            .text("Location", "westeurope")
            .text("MessageStatus", status)
            .text("MessageType", rng.pick(&["text", "media", "template"]))
            .text("URI", &format!("{RESOURCE_HOST}/messages/notifications:send"))
            .end();
    }
}

fn write_job(time: i64, rng: &mut Rng, book: &mut Book) {
    let job = rng.guid();
    for (second, name) in [(0, "UpsertJob"), (20, "AcceptJobOffer"), (400, "CompleteJob")] {
        let (result, signature) =
            rng.weighted(&[(97, ("Succeeded", "200")), (2, ("Failed", "404")), (1, ("Failed", "409"))]);
        book.row(at::JOB_ROUTER, time + second * SECOND)
            .text("CorrelationId", &rng.guid())
            .text("EntityId", &job)
            .text("OperationName", name)
            .text("OperationVersion", "2023-11-01")
            .text("ResultType", result)
            .text("ResultSignature", signature)
            .real("DurationMs", libm::round(rng.around(60.0, 0.6) * 10.0) / 10.0)
            .text("EntityType", "Job")
            .text("SdkType", "dotnet")
            .text("URI", &format!("{RESOURCE_HOST}/routing/jobs/{job}"))
            .end();
    }
}

fn write_relay(time: i64, rng: &mut Rng, book: &mut Book) {
    let (session, user) = (rng.guid(), rng.guid());
    book.row(at::RELAYS, time)
        .text("CorrelationId", &session)
        .text("OperationName", "IssueRelayConfiguration")
        .text("OperationVersion", "2022-03-01-preview")
        .text("ResultType", "Succeeded")
        .text("ResultSignature", "200")
        .whole("DurationMs", rng.between(10, 120))
        .text("Identity", &user)
        .text("PlatformType", "JavaScript")
        .text("RouteType", "Any")
        .text("SdkType", "js")
        .text("TTL", "172800")
        .text("URI", &format!("{RESOURCE_HOST}/networkTraversal/:issueRelayConfiguration"))
        .end();
    let (sent, received) = (rng.between(10_000, 90_000_000), rng.between(10_000, 90_000_000));
    book.row(at::RELAY_USE, time + rng.between(60, 4000) * SECOND)
        .text("CorrelationId", &session)
        .text("OperationName", "RelayDiagnostics")
        .text("ResultType", "Succeeded")
        .text("ResultSignature", "200")
        .whole("BytesReceived", received)
        .whole("BytesSent", sent)
        .text("Identity", &user)
        .text("Protocol", rng.pick(&["udp", "tcp"]))
        .text("RelayLocation", "westeurope")
        .whole("TotalBytesFromClient", sent)
        .whole("TotalBytesToClient", received)
        .end();
}

fn write_opt_out(time: i64, _: &mut Rng, book: &mut Book) {
    book.row(at::OPT_OUT, time).end();
}
