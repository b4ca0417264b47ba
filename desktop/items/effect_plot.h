// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_figure.h"

#include <QtCore/QList>

#include <limits>
#include <utility>

namespace millrace::desktop {

/// A figure before and after a moment, second by second, with its mean on either side: what a change did.
///
/// The moment is in the middle. A second without a value is NaN, and a gap in the line. Parts are the seconds. A mean
/// reaches over the seconds that were measured.
class EffectPlot : public millrace::desktop::PaintedFigure {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QList<double> before READ before WRITE setBefore NOTIFY setupChanged FINAL)  ///< oldest first
    Q_PROPERTY(QList<double> after READ after WRITE setAfter NOTIFY setupChanged FINAL)
    Q_PROPERTY(double beforeMean READ beforeMean WRITE setBeforeMean NOTIFY setupChanged FINAL)  ///< NaN: none
    Q_PROPERTY(double afterMean READ afterMean WRITE setAfterMean NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor beforeColor READ beforeColor WRITE setBeforeColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor afterColor READ afterColor WRITE setAfterColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString fromText READ fromText WRITE setFromText NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString momentText READ momentText WRITE setMomentText NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString toText READ toText WRITE setToText NOTIFY setupChanged FINAL)
public:
    using PaintedFigure::PaintedFigure;
    QList<double> before() const { return before_; }
    void setBefore(const QList<double>& values) { set(before_, values); }
    QList<double> after() const { return after_; }
    void setAfter(const QList<double>& values) { set(after_, values); }
    double beforeMean() const { return beforeMean_; }
    void setBeforeMean(double mean) { set(beforeMean_, mean); }
    double afterMean() const { return afterMean_; }
    void setAfterMean(double mean) { set(afterMean_, mean); }
    QColor beforeColor() const { return beforeColor_; }
    void setBeforeColor(const QColor& color) { set(beforeColor_, color); }
    QColor afterColor() const { return afterColor_; }
    void setAfterColor(const QColor& color) { set(afterColor_, color); }
    QString fromText() const { return fromText_; }
    void setFromText(const QString& text) { set(fromText_, text); }
    QString momentText() const { return momentText_; }
    void setMomentText(const QString& text) { set(momentText_, text); }
    QString toText() const { return toText_; }
    void setToText(const QString& text) { set(toText_, text); }

    int partCount() const override { return static_cast<int>(before_.size() + after_.size()); }
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

    static double meanOf(const QList<double>& values);  ///< NaN: of none
    /// From the first to the last second of one side that was measured; -1: none was.
    static std::pair<int, int> measured(const QList<double>& values);

private:
    double valueOf(int part) const;
    double top() const;
    QRectF area() const;
    double xOf(int part) const;
    double yOf(double value) const;
    void paintSide(QPainter& painter, int first, const QList<double>& values, double mean, const QColor& color) const;

    QList<double> before_;
    QList<double> after_;
    double beforeMean_ = std::numeric_limits<double>::quiet_NaN();
    double afterMean_ = std::numeric_limits<double>::quiet_NaN();
    QColor beforeColor_;
    QColor afterColor_;
    QString fromText_;
    QString momentText_;
    QString toText_;
};

}  // namespace millrace::desktop
