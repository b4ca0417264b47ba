// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QList>
#include <QPair>
#include <QString>

/// One connection of HTTP/1.1, byte by byte: for clients that are slow, silent, gone, or more than one at a time.
/// Every wait is bounded; nothing throws. Thread: one.
class RawClient {
public:
    using Fields = QList<QPair<QByteArray, QByteArray>>;

    struct Answer {
        int status = 0;  ///< 0: none came
        Fields fields;
        QByteArray body;     ///< without the framing
        bool whole = false;  ///< the framing said that this was all
        qint64 afterMs = 0;  ///< since ask()
        QByteArray field(const QByteArray& name) const;
        QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
        QString describe() const;
    };

    /// `address`: "127.0.0.1:11500". `receiveBytes`: the kernel's receive buffer; 0: as it is.
    explicit RawClient(const QString& address, int receiveBytes = 0);
    ~RawClient() { hangUp(); }
    RawClient(RawClient&& other) noexcept;
    RawClient& operator=(RawClient&&) = delete;

    bool connected() const { return fd_ >= 0; }
    bool send(const QByteArray& bytes, int withinMs = 5000);
    bool ask(const QByteArray& method, const QByteArray& path, const QByteArray& body = {}, const Fields& fields = {});
    bool ask(const QByteArray& path, const QJsonObject& body, const Fields& fields = {});
    /// The answer to what was asked.
    Answer answer(int withinMs = 20000);
    /// Waits until `text` is among what has been received and not been read by answer(); for streams.
    bool waitFor(const QByteArray& text, int withinMs = 10000);
    /// Waits until the other end has closed, throwing away what comes.
    bool waitClosed(int withinMs = 10000);
    void hangUp();  ///< FIN
    void reset();   ///< RST

    static QByteArray request(const QByteArray& method, const QByteArray& path, const QByteArray& body = {},
                              const Fields& fields = {});

private:
    enum class Got { Bytes, End, Late };
    Got receive(qint64 untilMs);

    int fd_ = -1;
    QByteArray held_;
    QByteArray method_ = "GET";
    qint64 askedMs_ = 0;
};
