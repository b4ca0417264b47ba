// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/raw_client.h"

#include <QDeadlineTimer>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace {

qint64 nowMs()
{
    return QDeadlineTimer::current(Qt::PreciseTimer).deadline();
}

}  // namespace

QByteArray RawClient::Answer::field(const QByteArray& name) const
{
    for (const auto& [key, value] : fields)
        if (key.compare(name, Qt::CaseInsensitive) == 0) return value;
    return {};
}

QString RawClient::Answer::describe() const
{
    return QStringLiteral("%1%2 after %3 ms: %4")
        .arg(status)
        .arg(whole ? "" : " (cut off)")
        .arg(afterMs)
        .arg(QString::fromUtf8(body.left(400)));
}

RawClient::RawClient(const QString& address, int receiveBytes)
{
    const auto colon = address.lastIndexOf(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(address.mid(colon + 1).toUShort()));
    inet_pton(AF_INET, address.left(colon).toUtf8().constData(), &to.sin_addr);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receiveBytes > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBytes, sizeof receiveBytes);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) hangUp();
    if (fd_ >= 0) ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      held_(std::move(other.held_)),
      method_(std::move(other.method_)),
      askedMs_(other.askedMs_)
{}

bool RawClient::send(const QByteArray& bytes, int withinMs)
{
    const qint64 until = nowMs() + withinMs;
    for (qsizetype at = 0; at < bytes.size();) {
        if (fd_ < 0) return false;
        const auto sent =
            ::send(fd_, bytes.constData() + at, static_cast<std::size_t>(bytes.size() - at), MSG_NOSIGNAL);
        if (sent > 0) {
            at += sent;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) return false;
        pollfd wait{fd_, POLLOUT, 0};
        const qint64 left = until - nowMs();
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0) return false;
    }
    return true;
}

QByteArray RawClient::request(const QByteArray& method, const QByteArray& path, const QByteArray& body,
                              const Fields& fields)
{
    QByteArray out = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
    if (!body.isEmpty() || method == "POST")
        out += "Content-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n";
    return out + "\r\n" + body;
}

bool RawClient::ask(const QByteArray& method, const QByteArray& path, const QByteArray& body, const Fields& fields)
{
    method_ = method;
    askedMs_ = nowMs();
    return send(request(method, path, body, fields));
}

bool RawClient::ask(const QByteArray& path, const QJsonObject& body, const Fields& fields)
{
    return ask("POST", path, QJsonDocument(body).toJson(QJsonDocument::Compact), fields);
}

RawClient::Got RawClient::receive(qint64 untilMs)
{
    char room[65536];
    for (;;) {
        if (fd_ < 0) return Got::End;
        const auto got = ::recv(fd_, room, sizeof room, 0);
        if (got > 0) {
            held_.append(room, static_cast<qsizetype>(got));
            return Got::Bytes;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) return Got::End;
        pollfd wait{fd_, POLLIN, 0};
        const qint64 left = untilMs - nowMs();
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0) return Got::Late;
    }
}

RawClient::Answer RawClient::answer(int withinMs)
{
    Answer answer;
    const qint64 until = nowMs() + withinMs;
    const auto ended = [&] {
        answer.afterMs = nowMs() - askedMs_;
        return answer;
    };
    const auto line = [&](const QByteArray& end) -> qsizetype {
        for (;;) {
            const auto at = held_.indexOf(end);
            if (at >= 0 || receive(until) != Got::Bytes) return at >= 0 ? at : held_.indexOf(end);
        }
    };
    const auto exactly = [&](qsizetype bytes) {
        while (held_.size() < bytes && receive(until) == Got::Bytes) {
        }
        return held_.size() >= bytes;
    };

    do {
        const auto end = line("\r\n\r\n");
        if (end < 0) return ended();
        const auto lines = held_.left(end).split('\n');
        held_.remove(0, end + 4);
        answer.status = lines.at(0).split(' ').value(1).toInt();
        answer.fields.clear();
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const auto colon = lines.at(i).indexOf(':');
            if (colon > 0) answer.fields.append({lines.at(i).left(colon), lines.at(i).mid(colon + 1).trimmed()});
        }
    } while (answer.status < 200 && answer.status > 0);

    if (method_ == "HEAD" || answer.status == 204 || answer.status == 304) {
        answer.whole = true;
        return ended();
    }
    if (answer.field("Transfer-Encoding").toLower().contains("chunked")) {
        for (;;) {
            const auto end = line("\r\n");
            if (end < 0) return ended();
            bool number = false;
            const auto size = held_.left(end).split(';').at(0).trimmed().toLongLong(&number, 16);
            if (!number) return ended();
            held_.remove(0, end + 2);
            if (size == 0) break;
            const bool all = exactly(size + 2);
            answer.body += held_.left(std::min<qsizetype>(size, held_.size()));
            if (!all) return ended();
            held_.remove(0, size + 2);
        }
        answer.whole = line("\r\n") == 0;
        held_.remove(0, 2);
        return ended();
    }
    bool number = false;
    const auto length = answer.field("Content-Length").toLongLong(&number);
    if (number) {
        answer.whole = exactly(length);
        answer.body = held_.left(length);
        held_.remove(0, length);
        return ended();
    }
    Got got = Got::Bytes;
    while (got == Got::Bytes) got = receive(until);
    answer.whole = got == Got::End;
    answer.body = std::exchange(held_, {});
    return ended();
}

bool RawClient::waitFor(const QByteArray& text, int withinMs)
{
    const qint64 until = nowMs() + withinMs;
    while (!held_.contains(text))
        if (receive(until) != Got::Bytes) return held_.contains(text);
    return true;
}

bool RawClient::waitClosed(int withinMs)
{
    const qint64 until = nowMs() + withinMs;
    for (;;) {
        held_.clear();
        const auto got = receive(until);
        if (got != Got::Bytes) return got == Got::End;
    }
}

void RawClient::hangUp()
{
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawClient::reset()
{
    if (fd_ < 0) return;
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hangUp();
}
