// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_checks.h"

#include "front/hosts.h"
#include "front/http_text.h"

#include <algorithm>

namespace millrace::front {

namespace {

Status forbidden(const std::string& message)
{
    return Status(absl::StatusCode::kPermissionDenied, message);
}

}  // namespace

std::optional<Reply> HttpChecks::sender(const Route& route)
{
    const Dialect dialect = route.dialect;
    const auto host = head_.find("host");
    const auto authority = head_.authority();
    if (!host && head_.version() >= 11) {
        state_.refused("host");
        return refusal(dialect, httpRefusal(400, "the request has no Host header"));
    }
    if (host && peer_.hostSeenUnder == options_ && peer_.hostSeen == *host && authority.empty() &&
        head_.count("host") == 1) {
        // the common case: same as the previous request
    } else {
        if (head_.count("host") > 1) {
            state_.refused("host");
            return refusal(dialect, httpRefusal(400, "the request has more than one Host header"));
        }
        // The host of an absolute-form target is checked in addition to the Host field.
        const bool targetRefused = !authority.empty() && !hostAllowed(authority, options_->hostsAllowed);
        if (targetRefused || (host && !hostAllowed(*host, options_->hostsAllowed))) {
            const auto name = targetRefused ? authority : *host;
            state_.refused("host");
            return refusal(dialect, forbidden("the host name '" + printable(name, 128) +
                                              "' is not allowed here; if it is yours, add it to "
                                              "security.hosts_allowed"));
        }
        peer_.hostSeen.assign(host.value_or(""));
        peer_.hostSeenUnder = options_;
    }
    return checkOrigin(route);
}

/// Checks all Origin fields. Requests without one, such as those of images and links, may read what any page may know.
std::optional<Reply> HttpChecks::checkOrigin(const Route& route)
{
    std::string_view foreign;
    bool refusedOrigin = head_.any("origin", [&](std::string_view origin) {
        foreign = origin;
        return !originAllowed(origin, options_->hostsAllowed);
    });
    if (refusedOrigin) {
        state_.refused("origin");
        const bool hidden = equalsIgnoringCase(foreign, "null");
        return refusal(route.dialect,
                       forbidden(hidden ? std::string("pages without a known origin (Origin: null) may "
                                                      "not call this engine; serve the page from this machine")
                                        : "pages of '" + printable(foreign, 128) +
                                              "' may not call this engine; if the host is yours, add it to "
                                              "security.hosts_allowed"));
    }
    if (const auto origin = head_.find("origin")) {
        origin_ = printable(*origin, 256);
        return std::nullopt;
    }
    const bool harmless =
        route.endpoint == Endpoint::Root || route.endpoint == Endpoint::Health || head_.method() == "OPTIONS";
    const bool foreignSite = !harmless && head_.any("sec-fetch-site", [](std::string_view site) {
        return !equalsIgnoringCase(site, "same-origin") && !equalsIgnoringCase(site, "none");
    });
    if (!foreignSite) return std::nullopt;
    state_.refused("origin");
    return refusal(route.dialect,
                   forbidden("cross-site request refused: it comes from a page of another site and does not name "
                             "its origin (Sec-Fetch-Site: cross-site)"));
}

std::optional<Reply> HttpChecks::route(const Route& route)
{
    if (head_.method() == "OPTIONS") return preflight(route);
    if (route.dialect == Dialect::Ollama && route.endpoint == Endpoint::Unknown) {
        return refusal(
            route.dialect,
            httpRefusal(404, "this is Millrace, not Ollama; there is no " + printable(head_.method(), 32) + " " +
                                 printable(head_.path(), 256) +
                                 " here: use an OpenAI provider with the base URL http://" + state_.address + "/v1"));
    }
    if (route.endpoint == Endpoint::Unknown || (route.endpoint == Endpoint::Metrics && !state_.hooks.metrics))
        return refusal(route.dialect,
                       httpRefusal(404, "there is no " + printable(head_.method(), 32) + " " +
                                            printable(head_.path(), 256) + "; GET / lists the available paths"));
    if (route.methodAllowed) {
        if (!route.problem.ok()) return refusal(route.dialect, route.problem);
        const auto priority = clientPriority(head_.find("x-millrace-priority").value_or(""));
        if (!priority.ok()) return refusal(route.dialect, priority.status());
        return std::nullopt;
    }
    Reply reply = refusal(route.dialect, httpRefusal(405, printable(head_.path(), 256) + " does not allow " +
                                                              printable(head_.method(), 32) + ", only " + route.allow));
    reply.fields.push_back({"Allow", route.allow});
    return reply;
}

/// Answers a CORS preflight. REQUIRES: the origin is allowed.
Reply HttpChecks::preflight(const Route& route)
{
    Reply reply;
    if (route.endpoint == Endpoint::Unknown)
        return refusal(route.dialect, httpRefusal(404, "there is no " + printable(head_.path(), 256) + " here"));
    reply.status = 204;
    reply.fields.push_back({"Allow", route.allow});
    if (!origin_.empty() && head_.find("access-control-request-method")) {
        reply.fields.push_back({"Access-Control-Allow-Methods", route.allow});
        if (const auto wanted = head_.find("access-control-request-headers"))
            reply.fields.push_back({"Access-Control-Allow-Headers", printable(*wanted, 1024)});
        // Private Network Access: browsers ask before pages of public sites access a local address.
        if (head_.any("access-control-request-private-network",
                      [](std::string_view value) { return equalsIgnoringCase(value, "true"); }))
            reply.fields.push_back({"Access-Control-Allow-Private-Network", "true"});
        reply.fields.push_back({"Access-Control-Max-Age", "600"});
    }
    return reply;
}

std::optional<Reply> HttpChecks::body(const Route& route)
{
    if (const auto expect = head_.find("expect"); expect && !equalsIgnoringCase(*expect, "100-continue"))
        return refusal(route.dialect,
                       httpRefusal(417, "unsupported Expect header; only \"100-continue\" is supported"));
    if (head_.length && *head_.length > options_->bodyBytesMax)
        return refusal(route.dialect,
                       httpRefusal(413, "the request body has " + std::to_string(*head_.length) + " bytes, more than " +
                                            std::to_string(options_->bodyBytesMax) + " (limits.body_bytes_max)"));
    // Refused at once if the whole body could not be held.
    if (head_.length && state_.bodies->budget.held() + *head_.length > options_->bodiesMost())
        return refusal(route.dialect, state_.bodiesAreFull(*options_));
    const auto encoding = head_.find("content-encoding");
    if (encoding && !encoding->empty() && !equalsIgnoringCase(*encoding, "identity") && !isGzip(*encoding))
        return refusal(route.dialect, httpRefusal(415, "the content encoding '" + printable(*encoding, 64) +
                                                           "' is not supported; use gzip or deflate"));
    return std::nullopt;
}

}  // namespace millrace::front
