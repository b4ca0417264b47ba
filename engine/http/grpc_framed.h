// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/shared_bytes.h"
#include "http/grpc_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Protobuf messages to and from gRPC's wire form. Pure. Thread: any.
///
///     call->finish(frameMessage(reply), {kGrpcOk, {}});
///     ServerReadyRequest request;
///     if (!parseMessage(request, message.bytes())) …           // INTERNAL: malformed protobuf
namespace millrace::http {

/// `message` with its prefix, as a string.
template <typename Message>
std::string writeMessage(const Message& message)
{
    std::string bytes(kGrpcPrefix, '\0');
    message.AppendToString(&bytes);
    writeGrpcPrefix(bytes.data(), bytes.size() - kGrpcPrefix);
    return bytes;
}

/// False: `bytes` are not a valid message of that type.
template <typename Message>
bool parseMessage(Message& to, std::string_view bytes)
{
    return bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
           to.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

/// `message` with its prefix, serialised once into memory of the exact size.
template <typename Message>
GrpcFramed frameMessage(const Message& message)
{
    const std::size_t size = message.ByteSizeLong();
    auto bytes = std::make_shared_for_overwrite<char[]>(kGrpcPrefix + size);
    writeGrpcPrefix(bytes.get(), size);
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.get()) + kGrpcPrefix);
    const std::string_view all(bytes.get(), kGrpcPrefix + size);
    return GrpcFramed(SharedBytes(std::move(bytes), all));
}

/// `head` with `contents` as the values of its bytes field number `field`: large ones are sent from their place, not
/// copied. `within`: the number of the field of an outer message that contains only this one; 0: none. REQUIRES: `head`
/// does not set `field`.
template <typename Message>
GrpcFramed frameTensors(const Message& head, std::uint32_t field, std::span<const SharedBytes> contents,
                        std::uint32_t within = 0)
{
    using Out = google::protobuf::io::CodedOutputStream;
    constexpr std::uint32_t kSized = 2;         // wire type LEN
    constexpr std::size_t kCopiedMax = 4096;    // below this, copying costs less than another iovec
    constexpr std::size_t kHeaderMax = 5 + 10;  // tag and length
    const auto headerOf = [](std::string& to, std::uint32_t number, std::size_t size) {
        std::uint8_t bytes[kHeaderMax];
        std::uint8_t* end = Out::WriteVarint32ToArray(number << 3 | kSized, bytes);
        end = Out::WriteVarint64ToArray(size, end);
        to.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
    };
    std::size_t size = head.ByteSizeLong();
    for (const SharedBytes& content : contents)
        size += Out::VarintSize32(field << 3 | kSized) + Out::VarintSize64(content.size()) + content.size();

    GrpcFramed out;
    std::string small(kGrpcPrefix, '\0');
    if (within != 0) headerOf(small, within, size);
    writeGrpcPrefix(small.data(), small.size() - kGrpcPrefix + size);
    head.AppendToString(&small);
    for (const SharedBytes& content : contents) {
        headerOf(small, field, content.size());
        if (content.size() <= kCopiedMax) {
            small += content.view();
            continue;
        }
        out.add(std::exchange(small, {}));
        out.add(content);
    }
    out.add(std::move(small));
    return out;
}

/// Numbers of the fields with tensor contents in KServe's ModelInferRequest and ModelInferResponse.
inline constexpr std::uint32_t kRawInputContents = 7, kRawOutputContents = 6;
inline constexpr std::uint32_t kInferResponse = 2;  ///< in ModelStreamInferResponse
template <typename Message>
concept HasRawInputs = requires(Message& message)
{
    message.mutable_raw_input_contents();
};
template <typename Message>
concept HasRawOutputs = requires(Message& message)
{
    message.mutable_raw_output_contents();
};

/// Parses a received message; tensor contents are moved out of `from`.
template <typename Message>
bool parseMessage(Message& to, GrpcMessageReader::Message& from)
{
    if (!parseMessage(to, from.bytes())) return false;
    if constexpr (HasRawInputs<Message>)
        for (std::string& raw : from.bulk()) to.mutable_raw_input_contents()->Add(std::move(raw));
    else if constexpr (HasRawOutputs<Message>)
        for (std::string& raw : from.bulk()) to.mutable_raw_output_contents()->Add(std::move(raw));
    return true;
}

/// Smaller messages are copied whole, which costs no more than sending pieces.
inline constexpr std::size_t kFramedWhole = 32u << 10;

/// frameTensors() for a message with tensors, which is kept alive until they are sent.
template <typename Message>
requires HasRawInputs<Message> || HasRawOutputs<Message> GrpcFramed frameMessage(std::shared_ptr<const Message> message,
                                                                                 std::uint32_t within = 0)
{
    if (within == 0 && message->ByteSizeLong() <= kFramedWhole) return frameMessage(*message);
    Message head;
    head.set_model_name(message->model_name());
    head.set_model_version(message->model_version());
    head.set_id(message->id());
    *head.mutable_parameters() = message->parameters();
    *head.mutable_outputs() = message->outputs();
    const auto* reflection = Message::GetReflection();
    reflection->MutableUnknownFields(&head)->MergeFrom(reflection->GetUnknownFields(*message));
    std::vector<SharedBytes> contents;
    const auto share = [&](const auto& values) {
        contents.reserve(static_cast<std::size_t>(values.size()));
        for (const std::string& value : values) contents.emplace_back(message, value);
    };
    if constexpr (HasRawInputs<Message>) {
        *head.mutable_inputs() = message->inputs();
        share(message->raw_input_contents());
        return frameTensors(head, kRawInputContents, contents, within);
    } else {
        share(message->raw_output_contents());
        return frameTensors(head, kRawOutputContents, contents, within);
    }
}

/// The same for a ModelStreamInferResponse.
template <typename Message>
GrpcFramed frameStreamed(const std::shared_ptr<const Message>& message)
{
    if (!message->error_message().empty() || message->ByteSizeLong() <= kFramedWhole) return frameMessage(*message);
    using Inner = std::remove_cvref_t<decltype(message->infer_response())>;
    return frameMessage(std::shared_ptr<const Inner>(message, &message->infer_response()), kInferResponse);
}

}  // namespace millrace::http
