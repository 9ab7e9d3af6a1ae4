// Whether the sun is up, for the automatic theme. Low-precision solar position (Astronomical Almanac, section C, "low precision formulas"), good to a minute or two.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const RAD = Math.PI / 180;

  // Height of the sun in degrees at an instant (epoch ms) and place.
  HV.sunHeight = function (ms, lon, lat) {
    const d = ms / 86400000 - 10957.5; // days since 2000-01-01 12:00
    const mean = (357.528 + 0.9856003 * d) * RAD;
    const ecliptic = (280.46 + 0.9856474 * d + 1.915 * Math.sin(mean) + 0.02 * Math.sin(2 * mean)) * RAD;
    const tilt = (23.439 - 0.0000004 * d) * RAD;
    const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
    const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
    const sidereal = (280.46061837 + 360.98564736629 * d + lon) * RAD;
    const hourAngle = sidereal - ascension;
    return Math.asin(Math.sin(lat * RAD) * Math.sin(declination) + Math.cos(lat * RAD) * Math.cos(declination) * Math.cos(hourAngle)) / RAD;
  };
  const here = function (ms) {
    const map = document.querySelector("[data-lon]");
    return HV.sunHeight(ms, map ? Number(map.dataset.lon) : 2.5, map ? Number(map.dataset.lat) : 46.6);
  };
  // Day until sunset, night, and deep night once no light is left in the sky (astronomical night, 18 degrees below).
  HV.themeOfSun = (ms) => (HV.isDay(ms) ? "jour" : here(ms) > -18 ? "nuit" : "nuit-profonde");
  // Sunrise and sunset are at -0.833 degrees: refraction and the sun's half width. Without a map the place is the middle of France.
  HV.isDay = (ms) => here(ms) > -0.833;
})();
