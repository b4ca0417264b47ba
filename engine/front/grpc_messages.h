// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>

/// Messages and their bytes. The services take bytes and read them here, since gRPC itself answers what it cannot
/// read with UNIMPLEMENTED and no word, or ends a stream as if nothing more had come.
namespace millrace::front {

/// Empties `bytes`. None: they are no such message.
template <typename Message>
std::unique_ptr<Message> readMessage(grpc::ByteBuffer& bytes)
{
    auto message = std::make_unique<Message>();
    if (!grpc::SerializationTraits<Message>::Deserialize(&bytes, message.get()).ok()) return nullptr;
    return message;
}

template <typename Message>
grpc::ByteBuffer writeMessage(const Message& message)
{
    grpc::ByteBuffer bytes;
    bool own = false;
    static_cast<void>(grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own));
    return bytes;
}

template <typename Message>
Status unreadable()
{
    return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name() +
                           ": it is damaged, of another type, or has text that is not UTF-8");
}

}  // namespace millrace::front
