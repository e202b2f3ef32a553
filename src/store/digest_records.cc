#include "store/store.h"

namespace towline::store {

AuditRecord superseded_digest(const Intake& intake, const Intake::SeenImage& image, std::string_view before) {
  const std::string what = image.name + ":" + image.tag;
  AuditRecord record;
  record.id = "supersede-digest " + intake.source + " " + intake.delivery + " " + what + " " + image.digest;
  record.at = intake.received;
  record.actor = intake.source;
  record.action = "supersede-digest";
  record.why = "an event said that " + what + " is " + std::string(before) + "; a later one says " + image.digest +
               ", which counts";
  return record;
}

AuditRecord returned_digest(const Intake& intake, const Intake::SeenImage& image, std::string_view present) {
  const std::string what = image.name + ":" + image.tag;
  AuditRecord record;
  record.id = "ignore-old-digest " + intake.source + " " + intake.delivery + " " + what + " " + image.digest;
  record.at = intake.received;
  record.actor = intake.source;
  record.action = "ignore-old-digest";
  record.why = "an event said that " + what + " is " + image.digest + ", which it was before it became " +
               std::string(present) +
               ". It is ignored, because a copy of an old event says the same. If the tag did move back, configure the "
               "registry as kind 'oci', so that Towline polls it";
  return record;
}

std::string superseded_key(std::string_view name, std::string_view tag, std::string_view digest) {
  return std::string(name).append(":").append(tag).append("@").append(digest);
}

}  // namespace towline::store
