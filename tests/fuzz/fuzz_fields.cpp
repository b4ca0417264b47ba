// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/field_policy.h"

#include <algorithm>
#include <vector>

using namespace millrace;

namespace {

http::HttpFields fieldsOf(std::string_view text)
{
    http::HttpFields fields;
    while (!text.empty() && fields.size() < 64) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) continue;
        fields.add(line.substr(0, colon), line.substr(colon + 1));
    }
    return fields;
}

}  // namespace

/// Lines "name:value". What may not cross does not, and what has crossed once would cross again.
FUZZ_TARGET(fields)
{
    const auto fields = fieldsOf(bytes);
    for (const bool merged : {false, true}) {
        const auto up = http::forBackend(fields, merged);
        FUZZ_CHECK(up.size() <= fields.size());
        for (const auto& field : up) FUZZ_CHECK(http::upward(field.name) != http::Upward::Drop);
        FUZZ_CHECK(http::forBackend(up, merged).size() == up.size());
    }
    const auto down = http::forClient(fields);
    for (const auto& field : down) FUZZ_CHECK(http::downward(field.name) == http::Downward::Pass);
    FUZZ_CHECK(http::forClient(down).size() == down.size());
    // The order of fields with different names is of no meaning.
    std::vector<http::HttpField> turned(fields.begin(), fields.end());
    std::stable_sort(turned.begin(), turned.end(),
                     [](const auto& left, const auto& right) { return left.name < right.name; });
    if (std::adjacent_find(turned.begin(), turned.end(), [](const auto& left, const auto& right) {
            return http::sameName(left.name, right.name);
        }) == turned.end()) {
        http::HttpFields again;
        for (const auto& field : turned) again.push_back(field);
        FUZZ_CHECK(http::mergeKey(again) == http::mergeKey(fields));
    }
    http::passedBefore(fields, http::viaName("boot"));
}
