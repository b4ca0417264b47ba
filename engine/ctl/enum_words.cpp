// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/enum_words.h"

#include "base/letters.h"

#include <algorithm>
#include <cctype>

namespace millrace::ctl {

namespace v1 = control::v1;

namespace {

/// "CLOSE_REASON_" of CloseReason.
std::string prefixOf(const std::string& type)
{
    std::string prefix;
    for (const char letter : type) {
        if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !prefix.empty()) prefix += '_';
        prefix += upper(letter);
    }
    return prefix + '_';
}

}  // namespace

std::optional<std::string> enumWord(const google::protobuf::EnumDescriptor& type, int number)
{
    const auto* value = type.FindValueByNumber(number);
    if (!value) return std::nullopt;
    std::string word = value->name();
    if (const std::string prefix = prefixOf(type.name()); word.rfind(prefix, 0) == 0) word.erase(0, prefix.size());
    if (word == "UNSPECIFIED") return std::string();
    return lowered(word);
}

std::string enumText(const google::protobuf::EnumDescriptor& type, int number)
{
    auto word = enumWord(type, number);
    if (!word) return "unknown (" + std::to_string(number) + ')';
    std::replace(word->begin(), word->end(), '_', ' ');
    return *std::move(word);
}

std::string phaseText(v1::ModelPhase phase)
{
    switch (phase) {
        case v1::MODEL_PHASE_WARM:
            return "loaded";
        case v1::MODEL_PHASE_COLD:
            return "not loaded";
        case v1::MODEL_PHASE_QUEUED:
        case v1::MODEL_PHASE_LOADING:
        case v1::MODEL_PHASE_UNLOADING:
        case v1::MODEL_PHASE_FAILED:
        case v1::MODEL_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(v1::ModelPhase);
    }
    return enumText(phase);
}

}  // namespace millrace::ctl
