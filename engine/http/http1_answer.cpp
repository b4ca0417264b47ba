// SPDX-License-Identifier: GPL-3.0-or-later
// How a session's answers go out.
#include "http/http1_session.h"

#include <array>
#include <charconv>
#include <utility>

namespace millrace::http {

namespace {

constexpr std::size_t kJoinedMax = 2048;  // bodies that are copied behind their head: one piece costs the kernel less

}  // namespace

void Http1Session::writeHead(const Response& response, std::optional<std::uint64_t> length)
{
    const auto add = [this](std::string_view name, std::string_view value) {
        out_ += name;
        out_ += ": ";
        appendFieldValue(out_, value);
        out_ += "\r\n";
    };
    if (all_->stopping()) keepAlive_ = false;
    out_.assign("HTTP/1.1 ");
    out_ += statusLine(response.status);
    out_ += server_->fieldsOfAll_;
    if (!response.contentType.empty()) add("Content-Type", response.contentType);
    for (const HttpField& field : response.fields) add(field.name, field.value);
    if (length) {
        std::array<char, 24> digits;
        add("Content-Length",
            {digits.data(),
             static_cast<std::size_t>(std::to_chars(digits.data(), digits.data() + digits.size(), *length).ptr -
                                      digits.data())});
    } else if (chunked_) {
        out_ += "Transfer-Encoding: chunked\r\n";
    }
    if (!keepAlive_)
        out_ += "Connection: close\r\n";
    else if (head_.version() < 11)
        out_ += "Connection: keep-alive\r\n";
    if (keepAlive_) out_ += server_->keepAlive_;
    out_ += "\r\n";
}

net::awaitable<void> Http1Session::respond(Response response)
{
    if (gone_) co_return;
    const bool framed = !hasNoBody(response.status);
    const bool hasBody = framed && head_.method() != "HEAD" && !response.body.empty();
    writeHead(response, framed ? std::optional<std::uint64_t>(response.body.size()) : std::nullopt);
    Pieces pieces;
    if (hasBody && response.body.size() <= kJoinedMax) out_ += response.body;
    pieces.add(out_);
    if (hasBody && response.body.size() > kJoinedMax) pieces.add(response.body);
    complete_ = sendNow(pieces);
    if (!complete_) complete_ = co_await send(pieces);
}

void Http1Session::begin(const Response& response)
{
    chunked_ = head_.version() >= 11;
    if (!chunked_) keepAlive_ = false;  // the end of the connection is the end of the answer
    writeHead(response, std::nullopt);
    headPending_ = true;
}

net::awaitable<bool> Http1Session::write(std::string_view piece, bool last)
{
    if (gone_) co_return false;
    Pieces pieces;
    if (std::exchange(headPending_, false)) pieces.add(out_);
    if (head_.method() == "HEAD") {
        last = true;
    } else if (!chunked_) {
        if (!piece.empty()) pieces.add(piece);
    } else {
        if (!piece.empty()) {
            pieces.add(chunkHead_.write(piece.size()));
            pieces.add(piece);
            pieces.add(last ? std::string_view("\r\n0\r\n\r\n") : std::string_view("\r\n"));
        } else if (last) {
            pieces.add(kLastChunk);
        }
    }
    bool sent = sendNow(pieces);
    if (!sent) sent = co_await send(pieces);
    complete_ = sent && last;
    co_return sent;
}

/// Before any request is served, or instead.
net::awaitable<void> Http1Session::refuse(Status why)
{
    keepAlive_ = false;
    Response response = server_->refusal(why);
    co_await respond(std::move(response));
}

}  // namespace millrace::http
