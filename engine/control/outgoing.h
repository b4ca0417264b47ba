// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What every message of the control service passes before it leaves, so that no client, backend or file can make one
/// that its reader refuses: its strings are valid UTF-8, on one line and bounded, its lists are bounded in bytes.
/// Pure. Thread: any.
namespace millrace::control {

/// A frame has all these lists at once, and stays below the 64 MiB that console and millracectl take.
inline constexpr std::size_t kListBytesMax = 6 * 1024 * 1024;

/// Washes (base/text.h) every string of the message and of those in it, keys of maps included. It uses
/// reflection, so that a field that is added later is washed too. Configurations are left as they are: validate() has
/// checked them, and a value must come back as it was set. Whole texts of our own (metrics) keep their lines.
void wash(google::protobuf::Message& message);

/// Cuts the list's end (or its beginning) off where the whole would be larger than `bytesMax`. How many were left out.
template <typename Message>
std::uint32_t cutTo(google::protobuf::RepeatedPtrField<Message>& list, bool keepLast = false,
                    std::size_t bytesMax = kListBytesMax)
{
    std::size_t bytes = 0;
    int fits = 0;
    for (; fits < list.size(); ++fits) {
        bytes += list.Get(keepLast ? list.size() - 1 - fits : fits).ByteSizeLong() + 8;
        if (bytes > bytesMax) break;
    }
    const int left = list.size() - fits;
    if (left > 0) list.DeleteSubrange(keepLast ? 0 : fits, left);
    return static_cast<std::uint32_t>(left);
}

}  // namespace millrace::control
