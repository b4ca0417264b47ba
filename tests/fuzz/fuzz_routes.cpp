// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/base_url.h"
#include "base/loopback.h"
#include "front/http_text.h"
#include "front/routes.h"
#include "fuzz.h"
#include "http/hosts.h"

using namespace millrace;

/// Whatever stands in a path, a Host, an Origin or an address: names that come out of it hold no zero byte, and a
/// route stays one of those that metrics know.
FUZZ_TARGET(routes)
{
    if (const auto decoded = front::percentDecoded(bytes)) {
        FUZZ_CHECK(decoded->size() <= bytes.size());
        FUZZ_CHECK(decoded->find('\0') == std::string::npos);
    }
    for (const char* method : {"GET", "POST", "HEAD", "OPTIONS", "PUT"}) {
        const auto route = front::findRoute(method, bytes);
        FUZZ_CHECK(route.label != nullptr);
        FUZZ_CHECK(route.model.size() <= bytes.size() && route.version.size() <= bytes.size());
        const auto below = front::findRoute(method, "/v2/models/" + std::string(bytes) + "/infer");
        FUZZ_CHECK(below.model.find('\0') == std::string::npos);
    }
    const std::string host = http::hostOf(bytes);
    FUZZ_CHECK(host.size() <= bytes.size());
    http::hostAllowed(bytes, {"example.test"});
    http::originAllowed(bytes, {"example.test"});
    if (const auto address = parseLoopback(bytes); address.ok()) FUZZ_CHECK(!address->host.empty());
    if (const auto url = parseBaseUrl(bytes); url.ok()) {
        FUZZ_CHECK(!url->endpoint.host.empty());
        const auto again =
            parseBaseUrl((url->endpoint.tls ? "https://" : "http://") + url->endpoint.address() + url->path);
        FUZZ_CHECK(again.ok() && again->endpoint == url->endpoint);
    }
    front::acceptsGzip(bytes);
    front::isValidRequestId(bytes);
    front::clientName(bytes, "otherwise", 1);
    std::string field;
    front::appendFieldValue(field, bytes);
    FUZZ_CHECK(field.find_first_of("\r\n") == std::string::npos);
}
