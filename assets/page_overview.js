// The search of the first page: what is chosen is opened.
(() => {
  "use strict";

  window.dash_clientside ??= {};
  window.dash_clientside.stacktide_overview = {
    open(address) {
      if (!address) return;
      const params = new URLSearchParams(window.stacktide.selection());
      params.delete("technology");
      const query = window.stacktide.readable(params);
      window.location.assign(query ? `${address}?${query}` : address);
    },
  };
})();
