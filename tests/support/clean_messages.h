// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/text.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <string>

namespace millrace::testing {

/// Path of the first text in `message`, however deep, that a reader should not get: not UTF-8, with a control
/// character, or without bound. Empty: there is none.
inline std::string dirtIn(const google::protobuf::Message& message)
{
    using google::protobuf::FieldDescriptor;
    const auto& from = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        const int size = field.is_repeated() ? from.FieldSize(message, &field) : 1;
        for (int k = 0; k < size; ++k) {
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
                std::string text =
                    field.is_repeated() ? from.GetRepeatedString(message, &field, k) : from.GetString(message, &field);
                const bool lines = field.name() == "prometheus_text";
                if (lines) std::replace(text.begin(), text.end(), '\n', ' ');
                const bool value = field.name() == "before" || field.name() == "after";
                const std::size_t most = lines ? 64U * 1024 * 1024 : value ? 64U * 1024 : kMessageBytesMax;
                if (!isWashed(text, most)) return field.full_name();
            } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                if (!field.is_repeated() && !from.HasField(message, &field)) continue;
                const std::string below = dirtIn(field.is_repeated() ? from.GetRepeatedMessage(message, &field, k)
                                                                     : from.GetMessage(message, &field));
                if (!below.empty()) return below;
            }
        }
    }
    return {};
}

}  // namespace millrace::testing
