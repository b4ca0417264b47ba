// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_message.h"

#include <string>

namespace millrace::http {

/// The bytes of a message of protobuf with the prefix that gRPC puts before it.
template <typename Message>
std::string writeMessage(const Message& message)
{
    const std::size_t size = message.ByteSizeLong();
    char prefix[kGrpcPrefix];
    writeGrpcPrefix(prefix, size);
    std::string bytes;
    bytes.reserve(kGrpcPrefix + size);
    bytes.append(prefix, kGrpcPrefix);
    message.AppendToString(&bytes);
    return bytes;
}

}  // namespace millrace::http
