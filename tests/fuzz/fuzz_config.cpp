// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration.h"
#include "fuzz.h"

using namespace millrace;

/// A configuration file; and, line by line, settings as --set takes them.
FUZZ_TARGET(config)
{
    const std::string text(bytes);
    if (const auto read = config::parseJson(text); read.ok()) {
        const auto problems = config::validate(*read);
        const auto written = config::toJson(*read);
        const auto again = config::parseJson(written);
        FUZZ_CHECK(again.ok());
        FUZZ_CHECK(config::toJson(*again) == written);
        if (problems.empty()) {
            const auto effective = config::effective(*read);
            FUZZ_CHECK(config::diff(*read, config::sparse(*read)).empty());
            FUZZ_CHECK(config::validate(effective).empty());
        }
    }
    config::Config config;
    for (std::size_t at = 0, lines = 0; at < text.size() && lines < 32; ++lines) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (const auto set = config::fromFlag(text.substr(at, end - at)); set.ok()) {
            const auto before = config::toJson(config);
            if (!config::set(config, set->path, set->text).ok()) FUZZ_CHECK(config::toJson(config) == before);
            (void)config::get(config, set->path);
            (void)config::isSet(config, set->path);
            (void)config::schemaPath(set->path);
        }
        at = end + 1;
    }
    (void)config::validate(config);
}
