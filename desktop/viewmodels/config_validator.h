// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <functional>
#include <optional>

namespace millrace::desktop {

class Session;

/// Has the engine validate what is pending (a dry run) whenever typing pauses. A reply to what is pending no longer
/// is dropped, and validation starts again.
///
/// Bound: one request at a time.
class ConfigValidator : public QObject {
    Q_OBJECT
public:
    /// What is pending now, as a dry run; empty: nothing that could be validated.
    using RequestSource = std::function<std::optional<control::ApplyConfigRequest>()>;

    ConfigValidator(Session& session, RequestSource request);
    void schedule();    ///< what is pending has changed
    void clear();       ///< nothing is pending
    void invalidate();  ///< the validation does not hold any more
    void validate();    ///< at once
    bool isValidated() const { return validated_; }

Q_SIGNALS:
    void validated(const millrace::control::v1::ApplyConfigReply& reply);
    void failed(const QString& problem);

private:
    Session& session_;
    RequestSource requestSource_;
    QTimer timer_;
    bool validated_ = true;  // the engine has validated what is pending now
    bool inFlight_ = false;
    int version_ = 0;
};

}  // namespace millrace::desktop
